#pragma once

#include <string>
#include <vector>

/// How large language models were when DistilBERT was published.
namespace lathe {

struct LanguageModel {
    std::string name;
    double millions = 0.0; ///< of parameters, as published
    int year = 0;          ///< of the first publication
    int month = 0;         ///< from 1
};

/// February 2018 to August 2019, in the order of publication; sizes are those of the figure in Sanh, Debut, Chaumond
/// and Wolf, "DistilBERT, a distilled version of BERT", 2019. The month of Transformer ELMo is approximate.
const std::vector<LanguageModel>& languageModels();

/// Months from the beginning of 2018: 2 is February 2018, 20 August 2019.
int monthOf(const LanguageModel& model);

} // namespace lathe
