using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Tests.Reference;
using Phi4R.Text;
using Phi4R.Verification;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using FinishReason = Phi4R.Data.FinishReason;

namespace Phi4R.Tests.Inference;

/// <summary>Groups of texts asked of a stand-in for a foreign model.</summary>
public sealed class ChatSamplerTests
{
    private static readonly SamplingConfig Sampling =
        new() { Temperature = 0.8, TopP = 0.9, TopK = 7, MaxTokens = 50 };

    private static readonly ChatSamplingOptions Calls = new() { MaxTries = 3, Instructions = "Box it." };

    // By hand: right; wrong; right but cut, which is wrong; cut as its tokens say, though nobody says so; filtered.
    [Fact]
    public void Texts_are_judged_by_the_rules_of_all_completions()
    {
        ChatResponse[] answers =
        [
            Answer("It is \\boxed{42}.", ChatFinishReason.Stop, 9),
            Answer("It is \\boxed{41}.", ChatFinishReason.Stop, 8),
            Answer("It is \\boxed{42}.", ChatFinishReason.Length, 50), Answer("It is \\boxed{42}.", null, 50),
            Answer("It is \\boxed{42}.", null, 49), Answer("", ChatFinishReason.ContentFilter, 1),
        ];
        var seeds = Seeds(1, answers.Length);
        List<int> told = [];
        var client = new Client((_, options) =>
            Task.FromResult(answers[Array.IndexOf(seeds, options.Seed!.Value)]));
        var group = Assert.Single(RolloutCollector.Collect(client, [Problem("6 · 7?", "42")], Verifiers.FinalAnswer,
            Options(answers.Length) with { Progress = new Told(told) }, Calls));
        Assert.Empty(group.PromptIds);
        Assert.Equal([Outcome.Correct, Outcome.Incorrect, Outcome.Incorrect, Outcome.Incorrect, Outcome.Correct,
            Outcome.Unverifiable], group.Completions.Select(graded => graded.Verdict.Outcome));
        Assert.Equal(["verifier", "verifier", "length limit", "length limit", "verifier", "generator"],
            group.Completions.Select(graded => graded.Verdict.JudgedBy));
        Assert.Equal([9, 8, 50, 50, 49, 0], group.Completions.Select(graded => graded.Completion.TokenCount));
        Assert.All(group.Completions, graded => Assert.Empty(graded.Completion.TokenIds));
        Assert.Equal(Enumerable.Range(1, answers.Length), told.Order());
        Assert.All(client.Asked, asked => Assert.Equal(("6 · 7?", 0.8f, 0.9f, 7, 50, "Box it."),
            (asked.Question, asked.Options.Temperature, asked.Options.TopP, asked.Options.TopK,
                asked.Options.MaxOutputTokens, asked.Instructions)));
    }

    [Fact]
    public void What_fails_is_tried_again_within_limits_and_counted_and_thrown_at_nobody()
    {
        var tries = new Dictionary<string, int>();
        List<string> log = [];
        var client = new Client((question, _) =>
        {
            var number = tries[question] = tries.GetValueOrDefault(question) + 1;
            return question switch
            {
                "busy once" when number == 1 => throw new HttpRequestException("busy"),
                "gone" => Task.FromException<ChatResponse>(new IOException("gone away")),
                "refused" => throw new ArgumentException("no such thing"),
                "silent" => new TaskCompletionSource<ChatResponse>().Task, // Does not listen to its token.
                _ => Task.FromResult(Answer("\\boxed{1}", ChatFinishReason.Stop, 3)),
            };
        });
        string[] questions = ["busy once", "gone", "refused", "silent", "well"];
        var groups = RolloutCollector.Collect(client, [.. questions.Select(question => Problem(question, "1"))],
            Verifiers.FinalAnswer, Options(1), Calls with { MaxTime = TimeSpan.FromSeconds(2), Log = log.Add });
        Assert.Equal([FinishReason.Stop, FinishReason.Failed, FinishReason.Failed, FinishReason.Failed,
            FinishReason.Stop], groups.Select(group => group.Completions[0].Completion.Finish));
        Assert.Equal([2, 3, 1, 1, 1], questions.Select(question => tries[question]));
        Assert.Contains("problem 'gone' was tried 3 times and given up: gone away", string.Join('\n', log),
            StringComparison.Ordinal);

        // A model that is not there is no result.
        var error = Assert.Throws<InvalidOperationException>(() => RolloutCollector.Sample(client,
            [Problem("gone", "1"), Problem("refused", "1")], Options(2), Calls with { MaxTries = 1 }));
        Assert.Contains("None of 4 completions came from stand-in", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_are_asked_at_once_than_was_allowed_and_cancelling_ends_all()
    {
        var (now, most) = (0, 0);
        using var cancel = new CancellationTokenSource();
        var (full, gate) = (new TaskCompletionSource(), new Lock());
        var client = new Client(async (_, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++now);
            }

            if (now == 3)
            {
                await Task.Delay(100); // Time for a fourth, if there were one.
                full.TrySetResult();
            }

            await new TaskCompletionSource().Task;
            throw new InvalidOperationException();
        });
        var asking = Task.Run(() => RolloutCollector.Sample(client, [Problem("a", "1"), Problem("b", "1")], Options(4),
            Calls with { MaxInFlight = 3 }, cancel.Token));
        await full.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(3, most);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(3, most);
    }

    [Fact]
    public void A_journal_of_token_ids_is_refused_for_texts() => Assert.Contains("A journal keeps token ids",
        Assert.Throws<ArgumentException>(() => RolloutCollector.Sample(new Client((_, _) => throw new IOException()),
            [Problem("a", "1")], Options(1) with { Journal = new CompletionJournal("none") })).Message,
        StringComparison.Ordinal);

    // The same completions by the two ways: as token ids of a generator, and as texts of a chat client.
    [Fact]
    public async Task An_evaluation_is_the_same_over_a_chat_client_as_over_a_generator()
    {
        var tokenizer = new PocketTokenizer();
        using var model = SmallModel.Create(SmallModel.Config with { VocabularySize = 80, MaxPositions = 128 });
        await using var generator = LocalGenerator.Of(model, "v");
        var problems = new ProblemSet("sums", [.. Enumerable.Range(1, 5).Select(i => Problem($"{i}+{i}", $"{2 * i}"))]);
        var config = new EvaluationConfig
        {
            AnswersPerProblem = 8,
            Seed = 3,
            Sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 60 },
        };
        var client = new Client(async (question, options) =>
        {
            var place = problems.Problems.Select(problem => problem.Question).ToList().IndexOf(question);
            var seed = Enumerable.Range(0, 8)
                .Select(j => Randomness.For(3, "evaluation on sums", place, j).State)
                .Single(state => (long)(state >> 2) == options.Seed);
            var completion = (await generator.GenerateAsync(new GenerationRequest
            {
                PromptIds = new ChatFormat(tokenizer).Prompt(question),
                Seeds = [seed],
                Sampling = config.Sampling with { MaxTokens = options.MaxOutputTokens!.Value },
                StopIds = tokenizer.StopIds,
            }))[0];
            return Answer(tokenizer.Decode(completion.TokenIds),
                completion.IsTruncated ? ChatFinishReason.Length : ChatFinishReason.Stop, completion.TokenIds.Length);
        });
        var ours = Evaluate.Draw(generator, tokenizer, problems, config);
        var theirs = Evaluate.Draw(client, problems, config);
        Assert.Equal(ours, theirs);
        Assert.Equal(2, ours.Select(answer => answer.Finish).Distinct().Count());

        // Says of texts of a random model what is of all three kinds.
        static Verdict ByLength(Problem problem, string text) =>
            new((Outcome)(text.Length % 3), null, "By its length.");
        var (one, other) = (Evaluate.Judge(problems, ours, ByLength), Evaluate.Judge(problems, theirs, ByLength));
        Assert.Equal(one.Verdicts, other.Verdicts);
        Assert.Equal(one.Result.Problems, other.Result.Problems);
        Assert.InRange(one.Result.Accuracy.Mean, 0.01, 0.99);
        Assert.Equal(one.Result.MeanTokens, other.Result.MeanTokens);
    }

    private static long[] Seeds(int seed, int count) =>
        [.. Enumerable.Range(0, count).Select(j => (long)(Randomness.For(seed, "texts", 0, j).State >> 2))];

    private static GroupOptions Options(int groupSize) => new()
    {
        GroupSize = groupSize,
        Sampling = Sampling,
        Stream = (i, j) => Randomness.For(1, "texts", i, j),
    };

    private static Problem Problem(string question, string answer) =>
        new() { Id = question, Question = question, Answer = answer, Domain = "sums", Level = 1 };

    private static ChatResponse Answer(string text, ChatFinishReason? finish, int tokens) =>
        new(new ChatMessage(ChatRole.Assistant, text))
        {
            FinishReason = finish,
            Usage = new UsageDetails { OutputTokenCount = tokens },
        };

    private sealed class Told(List<int> counts) : IProgress<int>
    {
        public void Report(int value)
        {
            lock (counts)
            {
                counts.Add(value);
            }
        }
    }

    private sealed class Client(Func<string, ChatOptions, Task<ChatResponse>> answer) : IChatClient
    {
        public List<(string? Instructions, string Question, ChatOptions Options)> Asked { get; } = [];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default)
        {
            List<ChatMessage> turns = [.. messages];
            var question = turns[^1].Text;
            lock (Asked)
            {
                Asked.Add((turns.Count == 2 ? turns[0].Text : null, question, options!));
            }

            return answer(question, options!);
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
            ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(defaultModelId: "stand-in") : null;

        public void Dispose()
        {
        }
    }
}
