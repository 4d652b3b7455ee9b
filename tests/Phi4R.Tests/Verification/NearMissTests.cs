using System.Text.RegularExpressions;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Answers that are nearly the reference must be rejected: each reference of MATH, GSM8K and OlympiadBench is changed
/// in all ways that fit it.
/// </summary>
public sealed partial class NearMissTests
{
    [Fact]
    public void A_near_miss_is_never_correct()
    {
        var golds = PublicCasesTests.Rows("fixtures/verifier/references.jsonl")
            .Select(row => (string)row["answer"]!).ToList();
        var asked = 0;
        List<string> wrong = [];
        foreach (var gold in golds)
        {
            foreach (var (kind, miss) in Misses(gold))
            {
                asked++;
                if (Equivalence.Compare(gold, miss, new VerifierConfig()) is { Outcome: Outcome.Correct } verdict
                    && !IsTheSame(gold, kind))
                {
                    wrong.Add($"{kind}: {gold} :: {miss}: {verdict.Reason}");
                }
            }
        }

        Assert.True(asked > 2 * golds.Count, $"Only {asked} near misses of {golds.Count} references.");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {asked}:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Each_kind_of_near_miss_is_made() => Assert.Equal(
        ["bracket", "digit", "entries", "exponent", "imaginary", "more", "order", "percent", "plus", "sign",
            "thousandfold"],
        ((string[])["12", "[1,2)", "\\{1,2\\}", "(1,2)", "x^2+1", "3+4i", "1\\pm2",
            "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"])
            .SelectMany(Misses).Select(miss => miss.Kind).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<(string Kind, string Miss)> Misses(string gold)
    {
        var trimmed = gold.Trim().Trim('$');
        if (Plain().IsMatch(trimmed))
        {
            yield return ("sign", trimmed.StartsWith('-') ? trimmed[1..] : "-" + trimmed);
            yield return ("percent", trimmed + "\\%");
            yield return ("thousandfold",
                trimmed + (trimmed.Contains('.', StringComparison.Ordinal) ? "\\cdot1000" : "000"));
        }

        if (LastDigit().Match(trimmed) is { Success: true } digit)
        {
            yield return ("digit", trimmed[..digit.Index] + (char)('0' + ((digit.Value[0] - '0' + 1) % 10))
                + trimmed[(digit.Index + 1)..]);
        }

        if (Pair().Match(trimmed) is { Success: true } pair)
        {
            yield return ("bracket", trimmed[..^1] + (trimmed[^1] == ')' ? ']' : ')'));
            if (pair.Groups[1].Value.Trim() != pair.Groups[2].Value.Trim())
            {
                yield return ("order", $"{trimmed[0]}{pair.Groups[2].Value},{pair.Groups[1].Value}{trimmed[^1]}");
            }
        }

        if (Braces().IsMatch(trimmed))
        {
            yield return ("more", trimmed[..^2] + ",987654\\}");
        }

        if (Exponent().Match(trimmed) is { Success: true } exponent)
        {
            yield return ("exponent", trimmed[..exponent.Groups[1].Index] + (char)(exponent.Groups[1].Value[0] + 1)
                + trimmed[(exponent.Groups[1].Index + 1)..]);
        }

        if (Imaginary().Match(trimmed) is { Success: true } imaginary)
        {
            yield return ("imaginary", trimmed[..imaginary.Index] + (imaginary.Value[0] == '+' ? '-' : '+')
                + trimmed[(imaginary.Index + 1)..]);
        }

        if (trimmed.Contains("\\pm", StringComparison.Ordinal))
        {
            yield return ("plus", trimmed.Replace("\\pm", "+", StringComparison.Ordinal));
        }

        if (Entries().Match(trimmed) is { Success: true } entries
            && entries.Groups[2].Value.Trim() != entries.Groups[4].Value.Trim())
        {
            yield return ("entries", trimmed[..entries.Index] + entries.Groups[1].Value + entries.Groups[4].Value
                + entries.Groups[3].Value + entries.Groups[2].Value + trimmed[(entries.Index + entries.Length)..]);
        }
    }

    // Zero has no sign and no percent; one digit is worth the same in all bases; what follows ≈ only rounds.
    private static bool IsTheSame(string gold, string kind) =>
        (kind == "digit" && (OneDigit().IsMatch(gold) || gold.Contains("\\approx", StringComparison.Ordinal)))
            || kind is "sign" or "percent" or "thousandfold" && !gold.Any(c => c is >= '1' and <= '9');

    [GeneratedRegex(@"^-?[0-9]+(?:\.[0-9]+)?$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^[0-9]_\{?[0-9]\}?$")]
    private static partial Regex OneDigit();

    [GeneratedRegex(@"[0-9](?=[^0-9]*$)")]
    private static partial Regex LastDigit();

    [GeneratedRegex(@"^[(\[]([^,()\[\]{}]+),([^,()\[\]{}]+)[)\]]$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^\\\{[^{}]+\\\}$")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\^\{?([1-8])\}?(?![0-9])")]
    private static partial Regex Exponent();

    [GeneratedRegex(@"[+-](?=\s*[0-9]*\s*i(?![a-z]))(?<=[0-9a-z}]\s*.)")]
    private static partial Regex Imaginary();

    [GeneratedRegex(@"(\\begin\{[pb]matrix\})([^&\\{}]+)(&|\\\\)([^&\\{}]+)(?=&|\\\\|\\end)")]
    private static partial Regex Entries();
}
