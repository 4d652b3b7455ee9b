using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;

namespace Phi4R.Tests.Stages;

/// <summary>The one collection behind the pocket's teacher and behind servers.</summary>
public sealed class RolloutCollectionTests
{
    // The plain loop that the stage stands for: problem by problem, each with a stream of its place.
    [Fact]
    public void The_pockets_rollouts_are_those_of_a_plain_loop_to_the_bit()
    {
        var (teacher, tokenizer) = (new ProceduralTeacher(ProceduralTeacherConfig.Diverse), new PocketTokenizer());
        var config = Phi4R.Recipes.Pocket.Recipe.Distill with { Problems = 150, RolloutsPerProblem = 3 };
        List<Problem> problems = [.. Enumerable.Range(0, config.Problems).Select(i =>
            PocketProblems.Draw(Randomness.For(5, "problems", i), config.Mix, Split.Training))];
        List<Rollout> plain = [];
        foreach (var (i, problem) in problems.Index())
        {
            foreach (var text in teacher.Answer(problem, 3, Randomness.For(11, "teacher", i)))
            {
                var ids = new ChatFormat(tokenizer).Completion(text.Text, text.Finish == FinishReason.Stop);
                plain.Add(Rollout.Of(problem,
                    GradedCompletion.Of(problem, text with { TokenIds = ids }, Verifiers.FinalAnswer),
                    config.Repetition));
            }
        }

        List<int> told = [];
        var distilled = Distill.Run(problems, teacher, tokenizer, Verifiers.FinalAnswer, config, 11,
            new InlineProgress<int>(told.Add));
        Assert.Equal(plain, distilled.Rollouts);
        Assert.Equal(450, plain.Count);
    }

    [Fact]
    public void A_teacher_that_throws_ends_the_stage_with_what_it_threw() =>
        Assert.Contains("out of chalk", Assert.Throws<InvalidDataException>(() => Distill.Run(
            DistillServersTests.Problems(3), new Broken(), new PocketTokenizer(), Verifiers.FinalAnswer,
            Phi4R.Recipes.Pocket.Recipe.Distill, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_stage_that_is_cancelled_ends()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Distill.Run(
            DistillServersTests.Problems(3), new Broken(), new PocketTokenizer(), Verifiers.FinalAnswer,
            Phi4R.Recipes.Pocket.Recipe.Distill, 1, cancel: cancel.Token));
    }

    // An answerer that ends early would leave others waiting for ever.
    [Fact]
    public async Task Whoever_answers_must_answer_all()
    {
        using var places = new SemaphoreSlim(1);
        var collection = new RolloutCollection
        {
            Teacher = async (wishes, arrival, cancel) =>
            {
                await foreach (var wish in wishes.WithCancellation(cancel))
                {
                    await arrival(wish, null);
                    return;
                }
            },
            Verify = Verifiers.FinalAnswer,
            GroupSize = 2,
            Places = places,
        };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => collection.RunAsync(
            DistillServersTests.Problems(2).Index(), _ => { }, CancellationToken.None));
        Assert.Contains("before all was answered", error.Message, StringComparison.Ordinal);
    }

    private sealed class Broken : ITeacher
    {
        public IReadOnlyList<Completion> Answer(Problem problem, int count, RandomStream stream) =>
            throw new InvalidDataException("out of chalk");
    }
}
