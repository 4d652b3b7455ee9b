using CsCheck;
using Phi4R.Data;
using Phi4R.Inference;

namespace Phi4R.Tests.Inference;

public sealed class CompletionJournalLawTests
{
    private static readonly Gen<Completion[]> Completions = Gen.Select(
        Gen.Select(Gen.Int[0, 200_000], Gen.Float, Gen.Float).Array[0, 6], Gen.Bool, Gen.Bool,
        (tokens, truncated, told) => new Completion
        {
            TokenIds = [.. tokens.Select(token => token.Item1)],
            LogProbs = told ? [.. tokens.Select(token => token.Item2)] : null,
            PlainLogProbs = [.. tokens.Select(token => token.Item3)],
            Finish = truncated ? FinishReason.Length : FinishReason.Stop,
        }).Array[1, 8];

    [Fact]
    public void What_was_appended_is_found_to_the_last_bit_and_nothing_else() => Completions.Sample(completions =>
    {
        var path = Written(completions);
        var journal = new CompletionJournal(path);
        foreach (var (i, completion) in completions.Index())
        {
            AssertSame(completion, journal.Find($"{i}"));
        }

        Assert.Null(journal.Find($"{completions.Length}"));
        Assert.Equal(0, journal.Dropped);
    }, iter: 100, threads: 1);

    // A byte is changed or the file is cut there: the lines before and behind are found, and the one is counted.
    [Fact]
    public void A_damaged_line_is_dropped_and_counted_and_the_others_are_found() =>
        Completions.Select(Gen.Double[0, 1], Gen.Bool).Sample((completions, share, cut) =>
        {
            var path = Written(completions);
            var bytes = File.ReadAllBytes(path);
            var place = (int)(share * (bytes.Length - 1));
            var hit = bytes.AsSpan(0, place).Count((byte)'\n');
            bytes[place] = (byte)'#';
            File.WriteAllBytes(path, cut ? bytes[..place] : bytes);
            List<string> said = [];
            var journal = new CompletionJournal(path, said.Add);
            var lost = Enumerable.Range(0, completions.Length).Where(i => journal.Find($"{i}") is null).ToList();
            Assert.Equal(journal.Dropped == 0 ? 0 : 1, said.Count);

            // Cut before its line feed a line is whole; a line feed that is lost joins two lines. A number's last digit
            // may be another and the number the same.
            foreach (var i in lost)
            {
                Assert.True(i == hit || (cut ? i > hit : i == hit + 1), $"{i}, {hit}");
            }

            Assert.Equal(cut ? place > 0 && bytes[place - 1] != (byte)'\n' && lost.Contains(hit) : lost.Count > 0,
                journal.Dropped == 1);
            foreach (var i in Enumerable.Range(0, completions.Length).Except(lost))
            {
                AssertSame(completions[i], journal.Find($"{i}"));
            }

            // What was dropped is gone from the file: it is read again without a fault, and goes on being written.
            journal.Append("new", completions[0]);
            var again = new CompletionJournal(path);
            AssertSame(completions[0], again.Find("new"));
            Assert.Equal(0, again.Dropped);
        }, iter: 100, threads: 1);

    // A power cut may take the last byte alone, the line feed: the line is whole, and the next one begins anew.
    [Fact]
    public void A_whole_line_that_lost_its_line_feed_is_found_and_so_is_the_next() => Completions.Sample(completions =>
    {
        var path = Written(completions);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        var journal = new CompletionJournal(path);
        AssertSame(completions[^1], journal.Find($"{completions.Length - 1}"));
        journal.Append("new", completions[0]);
        var again = new CompletionJournal(path);
        AssertSame(completions[^1], again.Find($"{completions.Length - 1}"));
        AssertSame(completions[0], again.Find("new"));
        Assert.Equal((0, 0), (journal.Dropped, again.Dropped));
    }, iter: 20, threads: 1);

    private static string Written(Completion[] completions)
    {
        var path = Path.Combine(Project.Scratch(), "completions.jsonl");
        var journal = new CompletionJournal(path);
        foreach (var (i, completion) in completions.Index())
        {
            journal.Append($"{i}", completion);
        }

        return path;
    }

    private static void AssertSame(Completion expected, Completion? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.TokenIds, found.TokenIds);
        Assert.Equal(expected.Finish, found.Finish);
        Assert.Equal(Bits(expected.PlainLogProbs), Bits(found.PlainLogProbs));
        Assert.Equal(expected.TokenIds.Length == 0 ? [] : Bits(expected.LogProbs), Bits(found.LogProbs));

        static int[]? Bits(float[]? values) => values?.Select(BitConverter.SingleToInt32Bits).ToArray();
    }
}
