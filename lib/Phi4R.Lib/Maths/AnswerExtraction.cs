namespace Phi4R.Maths;

/// <summary>Finds the final answer of a response: what stands in its last box, after its thinking.</summary>
public static class AnswerExtraction
{
    private const string OpenThought = "<think>";
    private const string CloseThought = "</think>";

    /// <summary>The last box that is closed, behind the last end of thinking.</summary>
    /// <returns>The box's text without outer white space, or null and why there is none.</returns>
    public static (string? Answer, string Reason) Boxed(string response)
    {
        var closed = response.LastIndexOf(CloseThought, StringComparison.Ordinal);
        if (closed < 0 && response.Contains(OpenThought, StringComparison.Ordinal))
        {
            return (null, "the thinking was not ended");
        }

        var answer = closed < 0 ? response : response[(closed + CloseThought.Length)..];
        for (var start = LastBox(answer, answer.Length); start >= 0; start = LastBox(answer, start))
        {
            var open = answer.IndexOf('{', start);
            if (Close(answer, open) is { } end)
            {
                var inner = answer[(open + 1)..end].Trim();
                return inner.Length > 0 ? (inner, "the last box") : (null, "the last box is empty");
            }
        }

        return (null, "there is no closed box");
    }

    private static int LastBox(string text, int before) => before <= 0
        ? -1
        : Math.Max(text.LastIndexOf("\\boxed{", before - 1, StringComparison.Ordinal), text.LastIndexOf("\\fbox{", before - 1, StringComparison.Ordinal));

    // The brace that closes the one at a place.
    private static int? Close(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        return null;
    }
}
