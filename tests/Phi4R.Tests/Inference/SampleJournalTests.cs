using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

// The law: answers of which some were kept are those of a draw without a journal, to the last bit.
public sealed class SampleJournalTests
{
    private static readonly SamplingConfig Free = new() { Temperature = 0.9, TopP = 1, MaxTokens = 6 };
    private readonly string _path = Path.Combine(Project.Scratch(), "samples.jsonl");
    private readonly List<string> _said = [];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(40)]
    public void Only_what_was_not_finished_is_drawn_again(int finished)
    {
        using var model = SmallModel.Create();
        var never = Draw(model, null);
        var whole = Draw(model, new CompletionJournal(_path));
        AssertSame(never, whole);
        var lines = File.ReadAllLines(_path);
        Assert.Equal(40, lines.Length);
        File.WriteAllLines(_path, lines[..finished]);
        AssertSame(never, Draw(model, new CompletionJournal(_path, _said.Add)));
        Assert.Equal(finished == 0
            ? []
            : [$"{finished} of 40 answers had been sampled when it was stopped, and are used"], _said);
        Assert.Equal(lines[..finished], File.ReadLines(_path).Take(finished));
        Assert.Equal(lines.Order(StringComparer.Ordinal), File.ReadAllLines(_path).Order(StringComparer.Ordinal));
    }

    // Weights moved by one last bit, other settings, another seed: no kept answer stands for a new one.
    [Fact]
    public void An_answer_that_was_drawn_from_anything_else_is_not_used()
    {
        using var model = SmallModel.Create();
        Draw(model, new CompletionJournal(_path));
        Draw(model, Told(), seed: 2);
        Draw(model, Told(), Free with { Temperature = 0.8 });
        Draw(model, Told(), Free with { MaxTokens = 7 });
        Draw(model, Told(), stop: 4);
        Draw(model, Told(), prompt: 5);
        using (no_grad())
        {
            model.Parameters[0].Weight.view(-1)[0] *= 1.0000002f;
        }

        Draw(model, Told());
        Assert.Empty(_said);
        Draw(model, Told());
        Assert.Single(_said);

        CompletionJournal Told() => new(_path, _said.Add);
    }

    [Fact]
    public void No_damaged_byte_leads_to_another_answer()
    {
        using var model = SmallModel.Create();
        var never = Draw(model, null, answers: 3);
        Draw(model, new CompletionJournal(_path), answers: 3);
        var good = File.ReadAllBytes(_path);
        var dropped = 0;
        for (var place = 0; place < good.Length; place += 11)
        {
            File.WriteAllBytes(_path, [.. good.Select((value, i) => i == place ? (byte)(value ^ 1) : value)]);
            var journal = new CompletionJournal(_path, _said.Add);
            AssertSame(never, Draw(model, journal, answers: 3));

            // A last digit may be another and the number the same to its last bit.
            Assert.StartsWith(journal.Dropped == 0 ? "30 of 30 answers" : $"{journal.Dropped} of ", _said[0],
                StringComparison.Ordinal);
            dropped += journal.Dropped;
            _said.Clear();
        }

        Assert.InRange(dropped, 0.9 * good.Length / 11, double.PositiveInfinity);
    }

    private static IReadOnlyList<Completion>[] Draw(LanguageModel model, CompletionJournal? journal,
        SamplingConfig? config = null, int seed = 1, int stop = 3, int prompt = 4, int answers = 4) => Sampler.Draw(
        model,
        [.. Enumerable.Range(0, 10)
            .Select(
                i => new SampleRequest(SmallModel.Ids(prompt, i),
                    [.. Enumerable.Range(0, answers).Select(j => Randomness.For(seed, "samples", i, j))]))],
        config ?? Free, [stop, 5], journal);

    private static void AssertSame(IReadOnlyList<Completion>[] expected, IReadOnlyList<Completion>[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        foreach (var (one, other) in expected.SelectMany(group => group).Zip(found.SelectMany(group => group)))
        {
            Assert.Equal(one.TokenIds, other.TokenIds);
            Assert.Equal(one.LogProbs!.Select(BitConverter.SingleToInt32Bits),
                other.LogProbs!.Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(one.PlainLogProbs!.Select(BitConverter.SingleToInt32Bits),
                other.PlainLogProbs!.Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(one.IsTruncated, other.IsTruncated);
        }
    }
}
