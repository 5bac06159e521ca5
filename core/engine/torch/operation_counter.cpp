#include "core/engine/torch/operation_counter.h"

#include "core/engine/torch/operation_formulas.h"

namespace lathe::engine {

using Kind = OperationRule::Kind;

thread_local OperationCounter* OperationCounter::s_current = nullptr;

/// One running operation.
struct OperationCounter::Event : at::ObserverContext {
    Tally* tally = nullptr;            ///< null where it is not counted itself
    bool whole = false;                ///< what it calls is passed over
    std::int64_t perOutputElement = 0; ///< MACs, to be multiplied when the output is there
};

namespace {

/// Where an interpreter runs, LibTorch shows its whole stack: the operation's own values are the last.
c10::ArrayRef<const c10::IValue> last(c10::ArrayRef<const c10::IValue> values, std::size_t count)
{
    return values.size() <= count ? values : values.slice(values.size() - count);
}

std::int64_t elementsOfOutput(const at::RecordFunction& function)
{
    const std::vector<c10::IValue>& all = function.outputs();
    const auto outputs = last(c10::ArrayRef<const c10::IValue>(all.data(), all.size()), function.num_outputs());
    return outputs.empty() || !outputs.front().isTensor() ? 0 : outputs.front().toTensor().numel();
}

} // namespace

OperationCounter::OperationCounter()
    : m_handle(at::addThreadLocalCallback(at::RecordFunctionCallback(begin, end)
                                              .needsInputs(true)
                                              .needsOutputs(true)
                                              .scopes({at::RecordScope::FUNCTION})))
{
    s_current = this;
}

OperationCounter::~OperationCounter()
{
    at::removeCallback(m_handle);
    s_current = nullptr;
}

std::unique_ptr<at::ObserverContext> OperationCounter::begin(const at::RecordFunction& function)
{
    auto event = std::make_unique<Event>();
    OperationCounter* counter = s_current;
    if (counter == nullptr || counter->m_inside > 0)
        return event;
    const auto inputs = last(function.inputs(), function.num_inputs());
    const OperationRule rule = ruleOf(function, inputs);
    if (rule.kind == Kind::Assembled)
        return event;
    event->tally = &counter->m_tallies[function.name()];
    ++event->tally->calls;
    event->tally->known = rule.kind != Kind::Unknown;
    event->whole = event->tally->known;
    counter->m_inside += event->whole ? 1 : 0;
    if (rule.macs == nullptr)
        return event;
    const std::int64_t macs = rule.macs(inputs);
    (rule.perOutputElement ? event->perOutputElement : event->tally->macs) += macs;
    return event;
}

void OperationCounter::end(const at::RecordFunction& function, at::ObserverContext* context)
{
    auto* event = static_cast<Event*>(context);
    if (event == nullptr || event->tally == nullptr || s_current == nullptr)
        return;
    s_current->m_inside -= event->whole ? 1 : 0;
    if (event->perOutputElement > 0)
        event->tally->macs += event->perOutputElement * elementsOfOutput(function);
}

std::int64_t OperationCounter::macs() const
{
    std::int64_t sum = 0;
    for (const auto& [name, tally] : m_tallies)
        sum += tally.macs;
    return sum;
}

OperationCount OperationCounter::count() const
{
    OperationCount count;
    count.macs = macs();
    for (const auto& [name, tally] : m_tallies)
        (tally.known ? count.operations : count.unknown).push_back({name, tally.calls, tally.macs});
    return count;
}

OperationCount perSample(OperationCount count, std::int64_t batch)
{
    count.macs /= batch;
    for (std::int64_t& macs : count.nodes)
        macs /= batch;
    for (OperationCall& call : count.operations)
        call.macs /= batch;
    return count;
}

} // namespace lathe::engine
