using CsCheck;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Stages;
using Phi4R.Tests.Training;
using Phi4R.Text;
using Phi4R.Training;
using Phi4R.Verification;

namespace Phi4R.Tests.Data;

public sealed class TokenizedRolloutsTests : IDisposable
{
    private static readonly Phi4MiniTokenizer Tokenizer = new();

    private readonly string _folder = Project.Scratch();

    private string Tokens => Path.Combine(_folder, "tokens");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Documents_in_mapped_files_are_those_that_a_chat_makes_of_the_texts()
    {
        var rollouts = Write(2000);
        Assert.True(RolloutParts.Files(_folder).Count > 1);
        using var tokenized = Open();
        var chat = new ChatFormat(Tokenizer);
        foreach (var learnPrompt in (bool[])[true, false])
        {
            var documents = tokenized.Documents(learnPrompt);
            Assert.Equal(rollouts.Count, documents.Count);
            foreach (var (place, rollout) in rollouts.Index())
            {
                var prompt = chat.Prompt(rollout.Prompt);
                int[] ids = [.. prompt, .. chat.Completion(rollout.Text, rollout.Finished)];
                var document = documents[place];
                Assert.Equal(ids, document.Tokens);
                Assert.Equal((rollout.ProblemId, learnPrompt ? 0 : prompt.Length), (document.Id, document.LossStart));
                Assert.Equal((ids.Length, document.LossTokens, ids[^1], rollout.ProblemId),
                    (documents.LengthOf(place), documents.LossTokensOf(place), documents.LastOf(place),
                        documents.IdOf(place)));
            }
        }
    }

    [Fact]
    public void A_part_is_tokenized_once_and_again_where_its_ids_are_not_whole()
    {
        Write(2000);
        Open().Dispose();
        var files = Directory.GetFiles(Tokens).Order().ToList();
        var times = files.Select(File.GetLastWriteTimeUtc).ToList();
        Open().Dispose();
        Assert.Equal(times, files.Select(File.GetLastWriteTimeUtc));

        // What a process that was killed may leave: a file that was cut, and one that has no name yet.
        var whole = File.ReadAllBytes(files[0]);
        File.WriteAllBytes(files[0], whole[..^5]);
        File.WriteAllBytes(Path.Combine(Tokens, "x.tokens.0.part"), [1]);
        Open().Dispose();
        Assert.Equal(whole, File.ReadAllBytes(files[0]));

        // One more part is one more file; another tokenizer has files of its own.
        var parts = RolloutParts.Files(_folder).Count;
        Write(1);
        Open().Dispose();
        Assert.Equal(parts + 1, Directory.GetFiles(Tokens, "*.tokens").Length);
        Open(new Phi4MiniTokenizer { System = "Think." }).Dispose();
        Assert.Equal((2 * parts) + 2, Directory.GetFiles(Tokens, "*.tokens").Length);
    }

    // The oracle shuffles and packs whole documents in lists.
    [Fact]
    public void Steps_of_mapped_documents_are_those_of_documents_in_memory_row_by_row_in_all_epochs()
    {
        Write(150);
        using var tokenized = Open();
        var mapped = tokenized.Documents(learnPrompt: true);
        List<TrainingExample> listed = [.. mapped];
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int[250, 400]).Sample(
            (openRows, batch, epochs, length) =>
            {
                var mid = new MidTrainingConfig
                {
                    SequenceLength = length,
                    OpenRows = openRows,
                    BatchSize = batch,
                    MicroBatchSize = 1,
                    Epochs = epochs,
                    Optimizer = ResumeTests.Optimizer,
                };
                Assert.Equal(Plain(listed, mid), Shown(MidTraining.Steps(mapped, mid, 7)));
                Assert.Equal(Plain(listed, mid), Shown(MidTraining.Steps(listed, mid, 7)));
                var sft = new SftConfig
                {
                    MaxTokens = 400,
                    BatchSize = batch,
                    MicroBatchSize = 2,
                    StepsPerBucket = openRows,
                    Epochs = epochs,
                    Optimizer = ResumeTests.Optimizer,
                };
                Assert.Equal(Plain(listed, sft), Shown(Sft.Steps(mapped, sft, 7)));
                Assert.Equal(Sft.Steps(listed, sft, 7).Average(step => step.Sum(row => row.Documents[0].LossTokens)),
                    NextTokenTraining.Divisor(Sft.Steps(mapped, sft, 7), TokenWeight.OfRun)!.Value, tolerance: 1e-9);
            }, iter: 6, threads: 1);
    }

    internal static Rollout Made(int i) => new()
    {
        ProblemId = $"p{i / 4}",
        Prompt = $"What is {i}² + x_1?",
        Answer = $"{i * i}",
        Text = string.Concat(Enumerable.Repeat($"<think>it's {i}·{i}, naïvely\n</think>", 1 + (i % 13)))
            + $"\\boxed{{{i * i}}}",
        Finished = i % 7 != 0,
        Verdict = i % 3 == 0 ? null : new Verdict((Outcome)(i % 3), $"{i}", $"reason {i}") { JudgedBy = "verifier" },
        Repetitive = false,
        Domain = i % 4 == 2 ? "algebra" : Problem.UnknownDomain,
        Level = i % 6,
        Tokens = 10 * i,
    };

    // In parts of 700.
    internal static void Write(string folder, IEnumerable<Rollout> rollouts)
    {
        using var writer = new RolloutWriter(folder);
        foreach (var some in rollouts.Chunk(700))
        {
            some.ToList().ForEach(writer.Add);
            writer.Complete();
        }
    }

    private static List<string> Plain(List<TrainingExample> documents, MidTrainingConfig config)
    {
        List<PackedSequence[]> steps = [];
        for (var epoch = 0; epoch < config.Epochs; epoch++)
        {
            var order = Randomness.For(7, "mid-training order", epoch);
            var shuffled = documents.ToArray();
            order.Shuffle(shuffled);
            var rows = Packing.Pack(shuffled, config.SequenceLength, config.OpenRows).ToArray();
            order.Shuffle(rows);
            steps.AddRange(rows.Chunk(config.BatchSize));
        }

        return Shown(steps);
    }

    private static List<string> Plain(List<TrainingExample> documents, SftConfig config)
    {
        List<PackedSequence[]> steps = [];
        for (var epoch = 0; epoch < config.Epochs; epoch++)
        {
            var order = Randomness.For(7, "fine-tuning order", epoch);
            var shuffled = documents.ToArray();
            order.Shuffle(shuffled);
            var batches = shuffled.Chunk(config.BatchSize * config.StepsPerBucket)
                .SelectMany(bucket => bucket.OrderBy(one => one.Tokens.Length).Chunk(config.BatchSize)).ToArray();
            order.Shuffle(batches);
            steps.AddRange(batches.Select(batch => batch.Chunk(config.MicroBatchSize).SelectMany(pass =>
                pass.Select(one => new PackedSequence([one], pass.Max(other => other.Tokens.Length)))).ToArray()));
        }

        return Shown(steps);
    }

    private static List<string> Shown(IEnumerable<PackedSequence[]> steps) =>
    [
        .. steps.Select(step => string.Join(" / ", step.Select(row => $"{row.Length}: " + string.Join(" + ",
            row.Documents.Select(one => $"{one.Id} {one.LossStart} {string.Join(' ', one.Tokens)}"))))),
    ];

    private TokenizedRollouts Open(ITokenizer? tokenizer = null) =>
        TokenizedRollouts.Open(_folder, Tokens, tokenizer ?? Tokenizer, "code", new FileHashes(), default);

    private List<Rollout> Write(int count)
    {
        List<Rollout> rollouts = [.. Enumerable.Range(0, count).Select(Made)];
        Write(_folder, rollouts);
        return rollouts;
    }
}
