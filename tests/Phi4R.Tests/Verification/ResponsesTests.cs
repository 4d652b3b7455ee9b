using System.Text.Json.Nodes;
using Phi4R.Verification;

namespace Phi4R.Tests.Verification;

/// <summary>
/// Whole responses written by hand: without a box in plain prose, with hedges and denials, and to questions whose
/// options are named by their words.
/// </summary>
public sealed class ResponsesTests
{
    [Fact]
    public void What_a_text_states_last_is_its_answer_and_what_it_doubts_or_denies_is_none() =>
        Assert.Equal("", string.Join('\n', Rows("prose.jsonl").Where(row => (bool)row["equal"]!
            != (Grader.Grade((string)row["response"]!, (string)row["reference"]!).Outcome == Outcome.Correct))
            .Select(row => row.ToJsonString())));

    [Fact]
    public void Of_the_options_only_the_one_earns_that_a_reader_sees_chosen() => Assert.Equal("", string.Join('\n',
        Rows("options.jsonl").Where(row => Earning(row) != ((string?)row["letter"] ?? ""))
            .Select(row => $"{Earning(row)}: {row.ToJsonString()}")));

    private static string Earning(JsonNode row)
    {
        var options = row["options"]!.AsArray().Select(option => (string)option!).ToList();
        return string.Concat(Enumerable.Range(0, options.Count).Select(i => ((char)('A' + i)).ToString())
            .Where(letter =>
                Grader.Grade((string)row["response"]!, letter, options).Outcome == Outcome.Correct));
    }

    private static IEnumerable<JsonNode> Rows(string file) =>
        File.ReadLines(Path.Combine(Project.Root, "tests", "Phi4R.Tests", "Verification", "Responses", file))
            .Select(line => JsonNode.Parse(line)!);
}
