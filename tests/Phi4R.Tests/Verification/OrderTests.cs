using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Tests.Verification;

/// <summary>The law that a verdict depends on its own pair alone, not on what was asked before it.</summary>
public sealed class OrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_order_of_calls_changes_no_verdict(int seed)
    {
        var asked = Requests().ToList();
        Assert.True(asked.Count > 100);
        var before = asked.ConvertAll(request => AnswerVerification.Decide(request));
        var order = Enumerable.Range(0, asked.Count).ToArray();
        Randomness.For(seed, "order of calls").Shuffle(order);
        Assert.NotEqual(Enumerable.Range(0, asked.Count), order);
        List<string> changed = [];
        foreach (var i in order)
        {
            var after = AnswerVerification.Decide(asked[i]);
            if (after != before[i])
            {
                changed.Add($"{asked[i].Gold} :: {asked[i].Pred}: first {before[i]}, then {after}");
            }
        }

        Assert.Equal("", string.Join('\n', changed));
    }

    // Our own pairs, and the public ones.
    private static IEnumerable<VerificationRequest> Requests()
    {
        foreach (var (left, right, _) in PairsTests.Files().Cast<object[]>()
            .SelectMany(row => PairsTests.Read((string)row[0])))
        {
            yield return new VerificationRequest { Gold = left, Pred = right };
        }

        foreach (var file in new[] { "verifier_cases.jsonl", "math500_real_pairs.jsonl" })
        {
            foreach (var row in PublicCasesTests.Rows("fixtures/verifier/" + file))
            {
                yield return new VerificationRequest
                {
                    Gold = (string)row["gold"]!,
                    Pred = (string)row["pred"]!,
                    IsText = (string?)row["form"] == "text",
                    Targets = row["targets"] is JsonArray targets
                        ? [.. targets.Select(target => (string)target!)]
                        : ["latex", "expr"],
                };
            }
        }
    }
}
