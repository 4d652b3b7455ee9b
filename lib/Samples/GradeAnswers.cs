using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Samples;

/// <summary>Grades the answers of a file of JSON lines against the references beside them.</summary>
internal static class GradeAnswers
{
    /// <param name="file">A line is {"question": "6 · 7?", "reference": "42", "response": "… \\boxed{42}"}.</param>
    public static void Run(string file)
    {
        var counts = new Dictionary<Outcome, int>();
        foreach (var row in JsonLines.Read<Row>(file))
        {
            // A verdict has three values: what nobody can compare is not called wrong.
            var verdict = Grader.Grade(row.Response, row.Reference);
            counts[verdict.Outcome] = counts.GetValueOrDefault(verdict.Outcome) + 1;
            Console.WriteLine($"{verdict.Outcome}: {row.Question} ({verdict.Reason})");
        }

        foreach (var (outcome, count) in counts)
        {
            Console.WriteLine($"{outcome}: {count} of {counts.Values.Sum()}");
        }
    }

    private sealed record Row(string Question, string Reference, string Response);
}
