namespace Phi4R.Text;

/// <summary>
/// The ids of a conversation of one question and one answer, in the layout of the Phi-4-mini family, after the
/// tokenizer's system turn where it has one.
/// </summary>
/// <remarks>
/// Control tokens are encoded apart from what people and models wrote, so no question or answer can open or close a
/// turn. White space right after a mark is dropped, as the released tokenizer does. Equal to what
/// <see cref="ChatTemplate.Encode"/> gives for texts without end marks.
/// </remarks>
public sealed class ChatFormat(ITokenizer tokenizer)
{
    private readonly int[] _open = tokenizer.System is not { } system
        ? tokenizer.Encode("<|user|>", special: true)
        : [.. tokenizer.Encode("<|system|>", special: true), .. tokenizer.Encode(system.TrimStart()),
            .. tokenizer.Encode("<|end|><|user|>", special: true)];

    private readonly int[] _turn = tokenizer.Encode("<|end|><|assistant|>", special: true);
    private readonly int[] _end = tokenizer.Encode("<|end|>", special: true);
    private readonly string[] _endMarks = [.. tokenizer.StopIds.Select(id => tokenizer.Decode([id]))];

    /// <summary>Ids of a question, up to where the answer starts.</summary>
    /// <exception cref="ArgumentException">
    /// The question holds something that the vocabulary cannot write; the message quotes it.
    /// </exception>
    public int[] Prompt(string question) => [.. _open, .. tokenizer.Encode(question.TrimStart()), .. _turn];

    /// <summary>Ids of an answer; where its text still has the marks that ended it, they are taken off.</summary>
    /// <param name="finished">
    /// Whether the answer came to its end; if not, the ids go without the token that says so.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The answer holds something that the vocabulary cannot write; the message quotes it.
    /// </exception>
    public int[] Completion(string answer, bool finished = true) =>
        [.. tokenizer.Encode(WithoutEndMarks(answer.TrimStart())), .. finished ? _end : []];

    // Texts from files often keep the mark: as text it would be learned as something to say before the token it means.
    private string WithoutEndMarks(string answer)
    {
        while (Array.Find(_endMarks, mark => answer.TrimEnd().EndsWith(mark, StringComparison.Ordinal)) is { } mark)
        {
            answer = answer.TrimEnd()[..^mark.Length];
        }

        return answer;
    }
}
