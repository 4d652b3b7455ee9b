using System.Text;

namespace Phi4R.Text;

/// <summary>How a released model of the Phi-4-mini family was taught to read a conversation.</summary>
/// <remarks>
/// Source: the chat templates of microsoft/Phi-4-mini-instruct and microsoft/Phi-4-mini-reasoning, and of a common
/// re-upload of the first.
/// </remarks>
public sealed class ChatTemplate
{
    /// <summary>What the reasoning template starts every conversation with.</summary>
    public const string ReasoningSystem = "Your name is Phi, an AI math expert developed by Microsoft.";

    private const string Message = "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}";
    private const string Tools = "'<|tool|>' + message['tools'] + '<|/tool|>'";
    private const string HasTools = "'tools' in message and message['tools'] is not none";
    private const string Ending = "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token "
        + "}}{% endif %}";
    private const string Turns = "{% for message in messages %}{% if message['role'] == 'system' and " + HasTools
        + " %}{{ '<|' + message['role'] + '|>' + message['content'] + "
        + Tools + " + '<|end|>' }}{% else %}" + Message + "{% endif %}{% endfor %}";

    // Whose marks a template may write; any other role is text, so that a made-up role cannot open or close a turn.
    private static readonly string[] Roles = ["system", "user", "assistant", "tool", "tool_response"];

    private readonly bool _opensWithSystem;
    private readonly bool _endsText;

    private ChatTemplate(string name, string jinja, bool opensWithSystem, bool endsText)
    {
        (Name, Jinja, _opensWithSystem, _endsText) = (name, jinja, opensWithSystem, endsText);
    }

    /// <summary>That of Phi-4-mini-instruct.</summary>
    public static ChatTemplate Instruct
    {
        get;
    } = new("instruct", Turns + Ending, opensWithSystem: false, endsText: true);

    /// <summary>That of Phi-4-mini-reasoning: a fixed system turn, to which the caller's is added.</summary>
    public static ChatTemplate Reasoning { get; } = new(
        "reasoning",
        "{{ '<|system|>" + ReasoningSystem + "' }}{% for message in messages %}{% if message['role'] == 'system' %} "
            + "{{ message['content'] }}{% if " + HasTools + " %}{{ " + Tools
            + " }}{% endif %}{% endif %}{% endfor %}{{ '<|end|>' }}{% for message in messages %}{% if message['role'] "
            + "!= 'system' %}" + Message + "{% endif %}{% endfor %}" + Ending,
        opensWithSystem: true,
        endsText: true);

    /// <summary>
    /// That of a common re-upload of Phi-4-mini-instruct, which does not end a conversation with the end of the text.
    /// </summary>
    public static ChatTemplate InstructWithoutEnd { get; } = new(
        "instruct-no-eos", Turns + "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
        opensWithSystem: false, endsText: false);

    /// <summary>All that are known.</summary>
    public static IReadOnlyList<ChatTemplate> All { get; } = [Instruct, Reasoning, InstructWithoutEnd];

    /// <summary>Its name here.</summary>
    public string Name { get; }

    /// <summary>Its text as released: chat_template.jinja, or chat_template in tokenizer_config.json.</summary>
    public string Jinja { get; }

    /// <summary>What it says in a system turn before all that a conversation brings; null where it adds none.</summary>
    public string? System => _opensWithSystem ? ReasoningSystem : null;

    /// <summary>The template of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that there are.</exception>
    public static ChatTemplate Named(string name) => All.FirstOrDefault(template => template.Name == name)
        ?? throw new ArgumentException($"There is no chat template \"{name}\"; known are "
            + $"{string.Join(", ", All.Select(template => template.Name))}.");

    /// <summary>
    /// The template of this text, or null where it is none that is known. One line end at the end does not count, as in
    /// Jinja.
    /// </summary>
    public static ChatTemplate? Recognize(string jinja)
    {
        var text = jinja.EndsWith('\n') ? jinja[..^1].TrimEnd('\r') : jinja;
        return All.FirstOrDefault(template => template.Jinja == text);
    }

    /// <summary>The text of a conversation, as the released template writes it.</summary>
    /// <param name="addGenerationPrompt">
    /// Whether the assistant's turn is opened; if not, the conversation is ended.
    /// </param>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) =>
        string.Concat(Parts(messages, addGenerationPrompt).Select(part => part.Text));

    /// <summary>Token ids of a conversation in which nobody's text can write a control token.</summary>
    /// <remarks>
    /// Equal to the ids of the rendered text unless a message holds the text of a control token: there it stays text.
    /// White space right after a mark is dropped, as the released tokenizer does.
    /// </remarks>
    /// <param name="addGenerationPrompt">
    /// Whether the assistant's turn is opened; if not, the conversation is ended.
    /// </param>
    /// <exception cref="ArgumentException">A message holds something that the vocabulary cannot write.</exception>
    public int[] Encode(ITokenizer tokenizer, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        List<int> ids = [];
        var text = new StringBuilder();
        foreach (var (part, isMark) in Parts(messages, addGenerationPrompt))
        {
            if (isMark)
            {
                Flush();
                ids.AddRange(tokenizer.Encode(part, special: true));
            }
            else
            {
                text.Append(part);
            }
        }

        Flush();
        return [.. ids];

        void Flush()
        {
            var plain = text.ToString();
            ids.AddRange(tokenizer.Encode(ids.Count > 0 ? plain.TrimStart() : plain));
            text.Clear();
        }
    }

    private IEnumerable<(string Text, bool IsMark)> Parts(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        if (_opensWithSystem)
        {
            yield return ("<|system|>", true);
            yield return (ReasoningSystem, false);
            foreach (var part in messages.Where(IsSystem)
                .SelectMany(message => Said(message with { Content = " " + message.Content })))
            {
                yield return part;
            }

            yield return ("<|end|>", true);
        }

        foreach (var message in messages.Where(message => !_opensWithSystem || !IsSystem(message)))
        {
            yield return ($"<|{message.Role}|>", Roles.Contains(message.Role));
            foreach (var part in Said(message))
            {
                yield return part;
            }

            yield return ("<|end|>", true);
        }

        if (addGenerationPrompt || _endsText)
        {
            yield return (addGenerationPrompt ? "<|assistant|>" : "<|endoftext|>", true);
        }
    }

    private static bool IsSystem(ChatMessage message) => message.Role == "system";

    private static IEnumerable<(string Text, bool IsMark)> Said(ChatMessage message)
    {
        yield return (message.Content, false);
        if (IsSystem(message) && message.Tools is { } tools)
        {
            yield return ("<|tool|>", true);
            yield return (tools, false);
            yield return ("<|/tool|>", true);
        }
    }
}
