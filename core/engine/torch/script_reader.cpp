#include "core/engine/torch/script_reader.h"

#include <unordered_map>

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>

#include "core/engine/torch/script_call.h"
#include "core/engine/torch/script_helpers.h"
#include "core/engine/torch/script_tensors.h"

namespace lathe::engine {

namespace {

namespace jit = torch::jit;

/// Beyond this a loop is taken to be one that depends on its data.
constexpr std::int64_t kMostRounds = 10000;

using LastUse = std::unordered_map<const jit::Value*, const jit::Node*>;
using LastUses = std::unordered_map<const jit::Node*, std::vector<const jit::Value*>>;

void noteUses(jit::Node& node, const jit::Node* outermost, LastUse& last)
{
    for (const jit::Value* input : node.inputs())
        last[input] = outermost;
    for (jit::Block* block : node.blocks()) {
        for (jit::Node* inner : block->nodes())
            noteUses(*inner, outermost, last);
        for (const jit::Value* output : block->outputs())
            last[output] = outermost;
    }
}

/// The values that each node of the outermost block is the last to use.
LastUses lastUses(jit::Block& block)
{
    LastUse last;
    for (jit::Node* node : block.nodes())
        noteUses(*node, node, last);
    for (const jit::Value* output : block.outputs())
        last.erase(output);
    LastUses uses;
    for (const auto& [value, node] : last)
        uses[node].push_back(value);
    return uses;
}

/// An interpreter of the program's own representation, block by block.
class Follower {
public:
    explicit Follower(ScriptPlan& plan) : m_plan(plan) {}

    Traced follow(jit::Graph& graph, const jit::Module& module, const at::Tensor& sample)
    {
        if (graph.inputs().size() != 2)
            throw Inexpressible("its forward function takes more than one tensor");
        m_values[graph.inputs()[0]] = Traced{.value = module._ivalue()};
        Traced input{.value = sample};
        input.symbol = m_plan.input();
        m_values[graph.inputs()[1]] = std::move(input);
        m_gone = lastUses(*graph.block());
        run(*graph.block());
        return at(graph.outputs().at(0));
    }

private:
    Traced& at(const jit::Value* value) { return m_values.at(value); }

    void run(jit::Block& block)
    {
        for (jit::Node* node : block.nodes()) {
            step(*node);
            for (const jit::Value* gone : m_gone[node])
                m_values.erase(gone);
        }
    }

    void step(jit::Node& node)
    {
        switch (node.kind()) {
        case c10::prim::Constant:
            return constant(node);
        case c10::prim::GetAttr:
            return attribute(node);
        case c10::prim::ListConstruct:
        case c10::prim::TupleConstruct:
            return gather(node);
        case c10::prim::ListUnpack:
        case c10::prim::TupleUnpack:
            return spread(node);
        case c10::prim::If:
            return branch(node);
        case c10::prim::Loop:
            return loop(node);
        case c10::prim::RaiseException:
            throw Inexpressible("its program ends in an error of its own for this input");
        case c10::aten::warn:
        case c10::prim::Print:
            return;
        default:
            break;
        }
        const std::string kind = node.kind().toQualString();
        if (kind == "prim::unchecked_cast" || kind == "prim::unchecked_unwrap_optional" ||
            kind == "aten::_unwrap_optional")
            m_values[node.output()] = at(node.input(0));
        else if (kind == "aten::append" && at(node.input(0)).items)
            append(node);
        else if ((kind == "aten::__getitem__" || kind == "prim::TupleIndex") && at(node.input(0)).items)
            pick(node);
        else
            call(node);
    }

    void constant(jit::Node& node)
    {
        // A function that was put in line is left behind as a constant without a value.
        m_values[node.output()] = Traced{.value = jit::toIValue(node.output()).value_or(c10::IValue())};
    }

    void attribute(jit::Node& node)
    {
        const Traced& owner = at(node.input(0));
        const std::string name = node.s(c10::attr::name);
        Traced found{.value = owner.value.toObject()->getAttr(name)};
        found.path = joinPath(owner.path, name);
        found.learned = found.value.isTensor();
        m_values[node.output()] = std::move(found);
    }

    std::vector<Traced> inputsOf(jit::Node& node)
    {
        std::vector<Traced> inputs;
        for (const jit::Value* input : node.inputs())
            inputs.push_back(at(input));
        return inputs;
    }

    /// A list or tuple; its parts stay known one by one.
    void gather(jit::Node& node)
    {
        Traced made;
        made.items = std::make_shared<std::vector<Traced>>(inputsOf(node));
        if (node.kind() == c10::prim::TupleConstruct) {
            std::vector<c10::IValue> elements;
            for (const Traced& item : *made.items)
                elements.push_back(item.value);
            made.value = c10::ivalue::Tuple::create(std::move(elements));
        } else {
            made.value = listOf(*made.items, node.output()->type()->expectRef<c10::ListType>().getElementType());
        }
        m_values[node.output()] = std::move(made);
    }

    static c10::IValue listOf(const std::vector<Traced>& items, const c10::TypePtr& type)
    {
        c10::impl::GenericList list(type);
        for (const Traced& item : items)
            list.push_back(item.value);
        return c10::IValue(std::move(list));
    }

    void spread(jit::Node& node)
    {
        const Traced whole = at(node.input(0));
        const bool isTuple = whole.value.isTuple();
        for (std::size_t i = 0; i < node.outputs().size(); ++i) {
            Traced part;
            if (whole.items)
                part = whole.items->at(i);
            else
                part.value = isTuple ? whole.value.toTupleRef().elements()[i] : whole.value.toListRef()[i];
            m_values[node.outputs()[i]] = std::move(part);
        }
    }

    void append(jit::Node& node)
    {
        Traced& list = at(node.input(0));
        list.items->push_back(at(node.input(1)));
        list.value.toList().push_back(at(node.input(1)).value);
        m_values[node.output()] = list;
    }

    void pick(jit::Node& node)
    {
        const std::vector<Traced>& items = *at(node.input(0)).items;
        const auto count = static_cast<std::int64_t>(items.size());
        const std::int64_t place = fromFront(at(node.input(1)).value.toInt(), count);
        m_values[node.output()] = items.at(static_cast<std::size_t>(place));
    }

    void branch(jit::Node& node)
    {
        const Traced& condition = at(node.input(0));
        if (condition.symbol)
            throw Inexpressible("what it computes depends on the values of its input");
        const bool taken =
            condition.value.isTensor() ? condition.value.toTensor().item<bool>() : condition.value.toBool();
        jit::Block& block = *node.blocks()[taken ? 0 : 1];
        run(block);
        for (std::size_t i = 0; i < node.outputs().size(); ++i)
            m_values[node.outputs()[i]] = at(block.outputs()[i]);
    }

    void loop(jit::Node& node)
    {
        jit::Block& body = *node.blocks()[0];
        const std::int64_t rounds = at(node.input(0)).value.toInt();
        bool goesOn = at(node.input(1)).value.toBool();
        std::vector<Traced> carried;
        for (std::size_t i = 2; i < node.inputs().size(); ++i)
            carried.push_back(at(node.input(i)));
        for (std::int64_t round = 0; goesOn && round < rounds; ++round) {
            if (round == kMostRounds)
                throw Inexpressible("one of its loops does not end");
            m_values[body.inputs()[0]] = Traced{.value = round};
            for (std::size_t i = 0; i < carried.size(); ++i)
                m_values[body.inputs()[i + 1]] = carried[i];
            run(body);
            goesOn = at(body.outputs()[0]).value.toBool();
            for (std::size_t i = 0; i < carried.size(); ++i)
                carried[i] = at(body.outputs()[i + 1]);
        }
        for (std::size_t i = 0; i < carried.size(); ++i)
            m_values[node.outputs()[i]] = carried[i];
    }

    void call(jit::Node& node)
    {
        ScriptCall made = runCall(node, inputsOf(node));
        understand(made, m_plan);
        for (std::size_t i = 0; i < made.out.size(); ++i)
            m_values[node.outputs()[i]] = made.out[i];
        // What an operation overwrote is from now on what it made.
        if (made.kind.back() == '_' && !made.out.empty() && made.out[0].symbol)
            at(node.input(0)).symbol = made.out[0].symbol;
    }

    ScriptPlan& m_plan;
    std::unordered_map<const jit::Value*, Traced> m_values;
    LastUses m_gone;
};

} // namespace

ReadScript readScript(const torch::jit::Module& module, const at::Tensor& sample)
{
    const std::shared_ptr<jit::Graph> graph = module.get_method("forward").graph()->copy();
    jit::Inline(*graph);
    ReadScript read{ScriptPlan(stateDictOf(module), sample.sizes().vec()), 0};
    Traced output = Follower(read.plan).follow(*graph, module, sample);
    while (output.items && !output.items->empty() && !output.symbol)
        output = Traced(output.items->front());
    if (!output.symbol)
        throw Inexpressible("its output is not a tensor made from its input");
    read.output = read.plan.made(*output.symbol, "output");
    return read;
}

} // namespace lathe::engine
