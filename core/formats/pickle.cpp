#include "core/formats/pickle.h"

#include <limits>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "core/formats/pickle_p.h"

// The operations are those of Python's pickletools.py, which describes each.

namespace lathe::pickle {

namespace {

constexpr ValueId kMark = std::numeric_limits<ValueId>::max();
constexpr auto kValueMissing = "A value is missing in it.";

/// The pickle machine: a stack, a memo, and the values made so far.
class Machine {
public:
    explicit Machine(std::string_view bytes) : m_bytes(bytes) {}

    Document run()
    {
        while (step(m_bytes.number<std::uint8_t>())) {
        }
        m_document.root = pop();
        return std::move(m_document);
    }

private:
    bool step(std::uint8_t opcode);
    bool stepContainer(std::uint8_t opcode);
    bool stepFilling(std::uint8_t opcode);
    bool stepMemo(std::uint8_t opcode);
    bool stepObject(std::uint8_t opcode);

    void push(Value value) { m_stack.push_back(add(m_document, std::move(value))); }
    ValueId top() const
    {
        if (m_stack.empty() || m_stack.back() == kMark)
            refuse(kValueMissing);
        return m_stack.back();
    }
    ValueId pop()
    {
        const ValueId id = top();
        m_stack.pop_back();
        return id;
    }
    std::vector<ValueId> popToMark();
    std::vector<ValueId> pop(std::size_t count);

    /// The container on top of the stack, which stays.
    template <class Container> Container& container()
    {
        if (auto* found = std::get_if<Container>(&m_document.values[top()]))
            return *found;
        refuse("Something is put into what is no container in it.");
    }
    void append(const std::vector<ValueId>& ids);
    void setItems(const std::vector<ValueId>& ids);
    void pushGlobal(std::string_view module, std::string_view name);
    void keep(std::uint64_t place) { m_memo.insert_or_assign(place, top()); }
    void recall(std::uint64_t place);

    Bytes m_bytes;
    Document m_document;
    std::vector<ValueId> m_stack; ///< kMark among them
    std::unordered_map<std::uint64_t, ValueId> m_memo;
};

bool Machine::step(std::uint8_t opcode)
{
    if (opcode == '.')
        return false;
    if (std::optional<Value> scalar = readScalar(opcode, m_bytes))
        push(*std::move(scalar));
    else if (!stepContainer(opcode) && !stepFilling(opcode) && !stepMemo(opcode) && !stepObject(opcode))
        refuse(fmt::format("It has an operation, {:#04x}, that no tensor needs.", opcode));
    return true;
}

bool Machine::stepContainer(std::uint8_t opcode)
{
    switch (opcode) {
    case '(':
        m_stack.push_back(kMark);
        return true;
    case ']':
    case 0x8f: // a set
        push(List{});
        return true;
    case '}':
        push(Dict{});
        return true;
    case ')':
        push(Tuple{});
        return true;
    case 't':
        push(Tuple{popToMark()});
        return true;
    case 'l':
    case 0x91: // a frozen set
        push(List{popToMark()});
        return true;
    case 'd': {
        const std::vector<ValueId> ids = popToMark();
        push(Dict{});
        setItems(ids);
        return true;
    }
    case 0x85:
    case 0x86:
    case 0x87:
        push(Tuple{pop(opcode - 0x84u)});
        return true;
    default:
        return false;
    }
}

bool Machine::stepFilling(std::uint8_t opcode)
{
    switch (opcode) {
    case 'a':
        append(pop(1));
        return true;
    case 'e':
    case 0x90:
        append(popToMark());
        return true;
    case 's':
        setItems(pop(2));
        return true;
    case 'u':
        setItems(popToMark());
        return true;
    default:
        return false;
    }
}

bool Machine::stepMemo(std::uint8_t opcode)
{
    switch (opcode) {
    case 'q':
        keep(m_bytes.number<std::uint8_t>());
        return true;
    case 'r':
        keep(m_bytes.number<std::uint32_t>());
        return true;
    case 'p':
        keep(readPlace(m_bytes));
        return true;
    case 0x94:
        keep(m_memo.size());
        return true;
    case 'h':
        recall(m_bytes.number<std::uint8_t>());
        return true;
    case 'j':
        recall(m_bytes.number<std::uint32_t>());
        return true;
    case 'g':
        recall(readPlace(m_bytes));
        return true;
    case '2':
        m_stack.push_back(top());
        return true;
    case '0':
        pop();
        return true;
    case '1':
        popToMark();
        return true;
    default:
        return false;
    }
}

bool Machine::stepObject(std::uint8_t opcode)
{
    switch (opcode) {
    case 0x80: // protocol
        m_bytes.take(1);
        return true;
    case 0x95: // frame
        m_bytes.take(8);
        return true;
    case 'c': {
        const std::string_view module = m_bytes.line();
        pushGlobal(module, m_bytes.line());
        return true;
    }
    case 0x93: {
        const std::vector<ValueId> names = pop(2);
        const auto* module = std::get_if<std::string_view>(&m_document.at(names[0]));
        const auto* name = std::get_if<std::string_view>(&m_document.at(names[1]));
        if (module == nullptr || name == nullptr)
            refuse(kValueMissing);
        pushGlobal(*module, *name);
        return true;
    }
    case 'Q':
        push(storageOf(m_document, pop()));
        return true;
    case 'R':
    case 0x81: { // a new object of a class
        const std::vector<ValueId> ids = pop(2);
        const auto* function = std::get_if<Global>(&m_document.at(ids[0]));
        if (function == nullptr)
            refuse(kValueMissing);
        m_stack.push_back(call(m_document, *function, ids[1]));
        return true;
    }
    case 'b': // attributes of an object, such as a state dict's _metadata: no weight is among them
        pop();
        top();
        return true;
    default:
        return false;
    }
}

std::vector<ValueId> Machine::popToMark()
{
    std::size_t begin = m_stack.size();
    while (begin > 0 && m_stack[begin - 1] != kMark)
        --begin;
    if (begin == 0)
        refuse(kValueMissing);
    std::vector<ValueId> ids(m_stack.begin() + static_cast<std::ptrdiff_t>(begin), m_stack.end());
    m_stack.resize(begin - 1);
    return ids;
}

std::vector<ValueId> Machine::pop(std::size_t count)
{
    std::vector<ValueId> ids(count);
    for (std::size_t i = count; i > 0; --i)
        ids[i - 1] = pop();
    return ids;
}

void Machine::append(const std::vector<ValueId>& ids)
{
    auto& items = container<List>().items;
    items.insert(items.end(), ids.begin(), ids.end());
}

void Machine::setItems(const std::vector<ValueId>& ids)
{
    if (ids.size() % 2 != 0)
        refuse("A key in it has no value.");
    auto& items = container<Dict>().items;
    for (std::size_t i = 0; i < ids.size(); i += 2)
        items.emplace_back(ids[i], ids[i + 1]);
}

void Machine::pushGlobal(std::string_view module, std::string_view name)
{
    const std::string full = fmt::format("{}.{}", module, name);
    const auto known = findName(full);
    if (known)
        push(*known);
    else if (isOtherDType(full))
        refuseDType(full);
    else if (m_stack.empty()) // nothing holds it: it is the class of the whole
        refuseWhole(full);
    else
        refuseName(full);
}

void Machine::recall(std::uint64_t place)
{
    const auto found = m_memo.find(place);
    if (found == m_memo.end())
        refuse("It refers to a value that it does not hold.");
    m_stack.push_back(found->second);
}

} // namespace

ValueId add(Document& document, Value value)
{
    if (document.values.size() >= kMark)
        refuse("It holds more values than any network.");
    document.values.push_back(std::move(value));
    return static_cast<ValueId>(document.values.size() - 1);
}

Result<Document> read(std::string_view bytes)
{
    try {
        return Machine(bytes).run();
    } catch (const Refused& refused) {
        return tl::unexpected(refused.error);
    }
}

} // namespace lathe::pickle
