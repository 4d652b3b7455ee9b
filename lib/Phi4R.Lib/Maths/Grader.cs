namespace Phi4R.Maths;

public enum Outcome { Correct, Incorrect, Unverifiable }

public sealed record Verdict(Outcome Outcome, string Reason);

public static class Grader
{
    public static Verdict Grade(string response, string gold, IReadOnlyList<string>? choices = null)
    {
        var i = response.LastIndexOf("\\boxed{", StringComparison.Ordinal);
        var j = i < 0 ? -1 : response.IndexOf('}', i);
        return new Verdict(j > 0 && response[(i + 7)..j].Trim() == gold ? Outcome.Correct : Outcome.Incorrect, "");
    }
}
