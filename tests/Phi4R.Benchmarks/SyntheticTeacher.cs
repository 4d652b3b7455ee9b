using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Benchmarks;

/// <summary>
/// Problems and completions of 200 to 2,000 tokens of prose and formulas, made from numbers: a chat client of this
/// process that is asked as a server is.
/// </summary>
internal sealed class SyntheticTeacher : IChatClient
{
    public const int Each = 8;

    private const double RightShare = 0.7;

    private static readonly string[] Sentences =
    [
        "Let us check this with a smaller case first: take $n = {0}$ and see what remains. ",
        "So the sum becomes $\\frac{{{0}}}{{{1}}} + {2}$, which is what we expected from the symmetry. ",
        "Wait, I should double-check the sign here, since ${0} - {1} = {3}$ and not the other way round. ",
        "Therefore we have $x^2 - {0}x + {1} = 0$, and the discriminant is ${0}^2 - 4 \\cdot {1}$. ",
        "Now substitute back into the original equation; we obtain ${0} \\times {1} = {4}$ on the left side.\n\n",
        "Alternatively, counting the pairs directly gives $\\binom{{{0}}}{{2}}$ of them, minus the {1} diagonal ones. ",
        "Hmm, the problem says that the remainder is {2} when it is divided by {1}, so that can't be right. ",
        "By the triangle inequality, $|a_{{{0}}}| \\leq {1} + |b_{{{2}}}|$ holds for every index we need.\n",
    ];

    public static Problem Problem(int i)
    {
        var stream = Randomness.For(7, "synthetic problem", i);
        var (a, b) = (stream.Next(1000, 99_999), stream.Next(100, 9_999));
        return new()
        {
            Id = $"synthetic/{i}",
            Question = $"Number {i}: a shop sells {a} pencils and then another {b}. How many pencils does it sell?",
            Answer = (a + b).ToString(CultureInfo.InvariantCulture),
            Domain = i % 3 == 0 ? "arithmetic" : i % 3 == 1 ? "algebra" : "counting",
            Level = 1 + (i % 5),
        };
    }

    /// <summary>A completion of a problem.</summary>
    public static string Sample(int problem, ulong seed) => Text(problem, seed).Text;

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var prompt = messages.Last().Text;
        var at = prompt.IndexOf("Number ", StringComparison.Ordinal) + "Number ".Length;
        var number = int.Parse(prompt[at..prompt.IndexOf(':', at)], CultureInfo.InvariantCulture);
        var (text, tokens) = Text(number, (ulong)(options?.Seed ?? 0));
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, text))
        {
            FinishReason = ChatFinishReason.Stop,
            Usage = new() { OutputTokenCount = tokens },
        });
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    // About 30 tokens are a sentence.
    private static (string Text, int Tokens) Text(int problem, ulong seed)
    {
        var stream = new RandomStream(seed ^ (ulong)problem);
        var sentences = stream.Next(7, 68);
        var text = new StringBuilder("<think>\n");
        for (var i = 0; i < sentences; i++)
        {
            var (a, b) = (stream.Next(2, 9_999), stream.Next(2, 999));
            text.AppendFormat(CultureInfo.InvariantCulture, Sentences[stream.Next(Sentences.Length)], a, b,
                stream.Next(1, 99), a - b, a * b);
        }

        var answer = int.Parse(Problem(problem).Answer, CultureInfo.InvariantCulture)
            + (stream.Chance(RightShare) ? 0 : stream.Next(1, 9));
        text.Append(CultureInfo.InvariantCulture, $"\n</think>\nThe shop sells \\boxed{{{answer}}} pencils.");
        return (text.ToString(), 30 * sentences);
    }
}
