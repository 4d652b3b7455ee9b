using System.Text.Json.Nodes;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Tests.Verification;

/// <summary>The bars on the public suites, as they stand in data/fixtures/verifier.</summary>
public sealed class PublicCasesTests
{
    [Fact]
    public void At_least_1194_of_1210_public_pairs_are_judged_as_labelled_and_no_false_one_is_accepted()
    {
        var (right, falsePositives, scored) = Score("verifier_cases.jsonl");
        Assert.True(scored == 1210 && right >= 1194 && falsePositives == 0,
            $"{right} of {scored} right, {falsePositives} false positives.");
    }

    [Fact]
    public void At_least_965_real_pairs_are_judged_as_labelled()
    {
        var (right, falsePositives, scored) = Score("math500_real_pairs.jsonl");
        Assert.True(right >= 965, $"{right} of {scored} right, {falsePositives} false positives.");
    }

    [Fact]
    public void At_least_95_percent_of_answers_are_extracted()
    {
        var rows = Rows("fixtures/verifier/extraction_public.jsonl")
            .Where(row => (bool?)row["scored"] ?? true).ToList();
        var right = rows.Count(row =>
        {
            var response = (string)row["response"]!;
            var found = (string?)row["kind"] == "choice"
                ? ChoiceExtraction.Extract(response, (string?)row["options"] ?? "ABCD").Answer
                : AnswerExtraction.Extract(response).Answer;
            var expected = (string?)row["expected"];
            return expected is null || found is null
                ? expected == found
                : expected == found
                    || Equivalence.Compare(expected, found, new VerifierConfig()).Outcome == Outcome.Correct;
        });
        Assert.True(right >= 0.95 * rows.Count, $"{right} of {rows.Count}.");
    }

    [Fact]
    public void Every_gold_of_MATH_500_equals_itself_and_24_ordered_pairs_of_distinct_ones_are_equal()
    {
        var golds = Rows("benchmarks/math500.jsonl").Select(row => (string)row["answer"]!).Distinct()
            .Order(StringComparer.Ordinal).ToList();
        Assert.All(golds, gold => Assert.Equal(Outcome.Correct, Grader.Grade($"\\boxed{{ {gold} }}", gold).Outcome));
        var equal =
            golds.Sum(
                gold =>
                    golds.Count(other => other != gold
                        && Equivalence.Compare(gold, other, new VerifierConfig()).Outcome == Outcome.Correct));
        Assert.Equal(24, equal);
    }

    private static (int Right, int FalsePositives, int Scored) Score(string file)
    {
        var (right, falsePositives, scored) = (0, 0, 0);
        foreach (var row in Rows("fixtures/verifier/" + file)
            .Where(row => ((bool?)row["scored"] ?? true) && row["expected"] is not null))
        {
            var verdict = AnswerVerification.Decide(new VerificationRequest
            {
                Gold = (string)row["gold"]!,
                Pred = (string)row["pred"]!,
                IsText = (string?)row["form"] == "text",
                Targets = row["targets"] is JsonArray targets
                    ? [.. targets.Select(target => (string)target!)]
                    : ["latex", "expr"],
                Config = new VerifierConfig
                {
                    Precision = (int?)row["precision"] ?? 6,
                    Strict = (bool?)row["strict"] ?? true,
                    AllowSetRelation = (bool?)row["allow_set_relation_comp"] ?? false,
                },
            });
            var (correct, expected) = (verdict.Outcome == Outcome.Correct, (bool)row["expected"]!);
            right += correct == expected ? 1 : 0;
            falsePositives += correct && !expected ? 1 : 0;
            scored++;
        }

        return (right, falsePositives, scored);
    }

    /// <summary>The records of a file of data; never none.</summary>
    internal static List<JsonNode> Rows(string path)
    {
        List<JsonNode> rows =
        [
            .. File.ReadLines(Path.Combine(Project.Root, "data", path)).Where(line => line.Length > 0)
                .Select(line => JsonNode.Parse(line)!),
        ];
        return rows.Count > 0 ? rows : throw new InvalidDataException($"data/{path} holds no record.");
    }
}
