using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Inference;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Tests.Evaluation;

// Answers written here, so every count and mean below is worked out by hand.
public sealed class EvaluateTests
{
    private static readonly ProblemSet Benchmark = new("sums",
        [Sum("a", "1+1=?", "2"), Sum("b", "2+2=?", "4")]);

    // To a: right; right but truncated; no answer at all; truncated and wrong. To b: right, right, wrong, unreadable.
    private static readonly IReadOnlyList<EvaluationAnswer> Answers =
    [
        Answer("a", 0, "\\boxed{2}", 3), Answer("a", 1, "\\boxed{2}", 10, FinishReason.Length),
        Answer("a", 2, "I do not know.", 4), Answer("a", 3, "3 or", 10, FinishReason.Length),
        Answer("b", 0, "\\boxed{4}", 3), Answer("b", 1, "so it is \\boxed{4}", 5), Answer("b", 2, "\\boxed{5}", 3),
        Answer("b", 3, "\\boxed{\\frac{}{2}}", 2),
    ];

    // a: 1 of 4; b: 2 of 4; mean 0.375. Of 8 answers 2 are truncated and 1 unverifiable; tokens 27 and 13 make 40 / 8.
    // Errors: scores 0.25 and 0.5 deviate by 0.176777, over sqrt(2) 0.125; p (1 - p) is 0.1875 + 0.25 = 0.4375, over 3
    // 0.145833, of which the root over 2 is 0.190941.
    [Fact]
    public void Counts_and_means_are_those_worked_out_by_hand()
    {
        var (result, verdicts) = Evaluate.Judge(Benchmark, Answers, Verifiers.FinalAnswer);
        Assert.Equal([(1, 2, 0, 27), (2, 0, 1, 13)], result.Problems
            .Select(problem => (problem.Right, problem.Truncated, problem.Unverifiable, (int)problem.Tokens)));
        Assert.Equal([("a", "d", 1, 4, "\\boxed{2}"), ("b", "d", 1, 4, "\\boxed{4}")], result.Problems
            .Select(problem => (problem.Id, problem.Domain, problem.Level, problem.Answers, problem.Example)));
        Assert.Equal([0.25, 0.5], result.Scores);
        Assert.Equal((0.25, 0.125, 5), (result.TruncatedShare, result.UnverifiableShare, result.MeanTokens));
        Assert.Equal(0.375, result.Accuracy.Mean, tolerance: 1e-12);
        Assert.Equal(0.125, result.Accuracy.ProblemError, tolerance: 1e-12);
        Assert.Equal(0.190941, result.Accuracy.WithinError!.Value, tolerance: 1e-6);
        Outcome right = Outcome.Correct, wrong = Outcome.Incorrect, unknown = Outcome.Unverifiable;
        Assert.Equal([right, wrong, wrong, wrong, right, right, wrong, unknown],
            verdicts.Select(verdict => verdict.Outcome));
    }

    [Fact]
    public void A_verdict_stands_for_each_answer_in_its_place_and_says_why()
    {
        var (_, verdicts) = Evaluate.Judge(Benchmark, Answers, Verifiers.FinalAnswer);
        Assert.Equal(Answers.Select(answer => (answer.Benchmark, answer.Problem, answer.Number)),
            verdicts.Select(verdict => (verdict.Benchmark, verdict.Problem, verdict.Number)));
        Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Reason));
        Assert.Equal(("2", "5"), (verdicts[0].Answer, verdicts[6].Answer));
        Assert.Contains("length limit", verdicts[1].Reason, StringComparison.Ordinal);
    }

    // A verifier that calls everything right makes of a truncated answer no right one: it is not asked.
    [Fact]
    public void A_truncated_answer_is_wrong_before_anyone_reads_it()
    {
        List<string> read = [];
        var (result, _) = Evaluate.Judge(Benchmark, Answers, (_, text) =>
        {
            read.Add(text);
            return new Verdict(Outcome.Correct, null, "");
        });
        Assert.Equal([2, 4], result.Problems.Select(problem => problem.Right));
        Assert.Equal(6, read.Count);
    }

    [Fact]
    public void Answers_that_are_not_those_of_the_benchmark_are_named()
    {
        Assert.Contains("There are 7 answers to the 2 problems of sums", Message([.. Answers.Take(7)]),
            StringComparison.Ordinal);
        Assert.Contains("There are 0 answers", Message([]), StringComparison.Ordinal);
        Assert.Contains("Answer 0 to problem 'b' of sums stands where answer 0 to 'a'",
            Message([.. Answers.Skip(4), .. Answers.Take(4)]), StringComparison.Ordinal);
        Assert.Contains("Answer 1 to problem 'a' of sums stands where answer 0 to 'a'",
            Message([Answers[1], Answers[0], .. Answers.Skip(2)]), StringComparison.Ordinal);
        Assert.Contains("of others stands where",
            Message([Answers[0] with { Benchmark = "others" }, .. Answers.Skip(1)]), StringComparison.Ordinal);

        static string Message(IReadOnlyList<EvaluationAnswer> answers) => Assert.Throws<InvalidDataException>(
            () => Evaluate.Judge(Benchmark, answers, Verifiers.FinalAnswer)).Message;
    }

    // The generator ends the first completion of a prompt by itself and has the second truncated.
    [Fact]
    public void As_many_answers_are_drawn_to_each_problem_as_the_settings_say_and_they_tell_how_they_ended()
    {
        var config = new EvaluationConfig
        {
            AnswersPerProblem = 7,
            AnswersOn = new Dictionary<string, int> { ["sums"] = 2 },
            Sampling = new() { Temperature = 1, TopP = 1, MaxTokens = 5 },
            Seed = 3,
        };
        var generator = new Echo();
        var drawn = Evaluate.Draw(generator, new PocketTokenizer(), Benchmark, config);
        Assert.Equal([("a", 0), ("a", 1), ("b", 0), ("b", 1)], drawn.Select(answer => (answer.Problem, answer.Number)));
        Assert.Equal([FinishReason.Stop, FinishReason.Length, FinishReason.Stop, FinishReason.Length],
            drawn.Select(answer => answer.Finish));
        Assert.Equal([2, 3, 2, 3], drawn.Select(answer => answer.Tokens));
        Assert.All(drawn, answer => Assert.Equal("sums", answer.Benchmark));
        Assert.Equal(4, generator.Seeds.Distinct().Count());
        Assert.Equal(7, config.AnswersTo("another"));
    }

    private static Problem Sum(string id, string question, string answer) =>
        new() { Id = id, Question = question, Answer = answer, Domain = "d", Level = 1 };

    private static EvaluationAnswer Answer(
        string problem, int number, string text, int tokens, FinishReason finish = FinishReason.Stop) => new()
        {
            Benchmark = "sums",
            Problem = problem,
            Number = number,
            Text = text,
            Tokens = tokens,
            Finish = finish,
        };

    private sealed class Echo : IGenerator
    {
        public List<ulong> Seeds { get; } = [];

        public GeneratorInfo Info { get; } = new()
        {
            Engine = "echo",
            ContextLength = 1000,
            VocabularySize = 1000,
            IsExact = false,
            Identity = "echo",
        };

        public Task<IReadOnlyList<Completion>> GenerateAsync(
            GenerationRequest request, Action<int, Completion>? onCompleted, CancellationToken cancel)
        {
            Seeds.AddRange(request.Seeds);
            Completion[] completions = [.. request.Seeds.Select((_, i) => new Completion
            {
                TokenIds = request.PromptIds[..(2 + i)],
                Finish = i == 0 ? FinishReason.Stop : FinishReason.Length,
            })];
            foreach (var (i, completion) in completions.Index())
            {
                onCompleted?.Invoke(i, completion);
            }

            return Task.FromResult<IReadOnlyList<Completion>>(completions);
        }

        public ValueTask DisposeAsync() => default;
    }
}
