#include "core/analysis/language_models.h"

namespace lathe {

const std::vector<LanguageModel>& languageModels()
{
    static const std::vector<LanguageModel> all{
        {"ELMo", 94, 2018, 2},     {"GPT", 110, 2018, 6},          {"BERT-Large", 340, 2018, 10},
        {"MT-DNN", 330, 2019, 1},  {"XLM", 665, 2019, 1},          {"Transformer ELMo", 465, 2019, 1},
        {"GPT-2", 1500, 2019, 2},  {"Grover-Mega", 1500, 2019, 5}, {"XLNet", 340, 2019, 6},
        {"RoBERTa", 355, 2019, 7}, {"DistilBERT", 66, 2019, 8},    {"MegatronLM", 8300, 2019, 8}};
    return all;
}

int monthOf(const LanguageModel& model)
{
    return (model.year - 2018) * 12 + model.month;
}

} // namespace lathe
