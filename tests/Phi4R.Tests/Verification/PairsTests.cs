using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Pairs of our own, by kind, in the folder Pairs: "=" where both sides mean the same, "≠" where they do not.
/// </summary>
public sealed class PairsTests
{
    private static readonly VerifierConfig Config = new();

    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Verification", "Pairs");

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_pair_is_judged_as_school_mathematics_has_it_both_ways_round(string file) =>
        Assert.Equal("", string.Join('\n', Read(file)
        .SelectMany(
            pair =>
                ((string Gold, string Answer, bool Same)[])[(pair.Left, pair.Right, pair.Same),
                    (pair.Right, pair.Left, pair.Same)])
        .Select(pair => (pair, Verdict: Equivalence.Compare(pair.Gold, pair.Answer, Config)))
        .Where(asked => asked.Verdict.Outcome == Outcome.Correct != asked.pair.Same)
        .Select(asked => $"{asked.pair.Gold} :: {asked.pair.Answer}: {asked.Verdict.Reason}")));

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_side_equals_itself_in_a_box(string file) => Assert.DoesNotContain(
        Read(file).SelectMany(pair => (string[])[pair.Left, pair.Right]),
        text => Grader.Grade($"\\boxed{{ {text} }}", text).Outcome != Outcome.Correct);

    internal static IEnumerable<(string Left, string Right, bool Same)> Read(string file) =>
        File.ReadLines(Path.Combine(Folder, file))
        .Where(line => line.Length > 0 && line[0] is '=' or '≠')
        .Select(line => (Line: line, Middle: line.IndexOf("  ::  ", StringComparison.Ordinal)))
        .Select(parts => (parts.Line[3..parts.Middle], parts.Line[(parts.Middle + 6)..], parts.Line[0] == '='));
}
