using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;
using Phi4R.Verification;

namespace Phi4R.Tests.Stages;

public sealed class PromptSelectionTests
{
    private const int Limit = 30;
    private static readonly PromptSelectionConfig Config = new()
    {
        CandidatesPerPrompt = 2,
        GroupSize = 2,
        Temperature = 1,
    };

    // A model of random weights ends an answer with one token in some forty, so that many are cut. Both answers cut is
    // a spread of exactly zero, and tells nothing.
    [Fact]
    public void Problems_with_a_cut_answer_come_last_and_are_counted()
    {
        var tokenizer = new PocketTokenizer();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
        var candidates = Candidates(40);
        var drawn = Drawn(model, tokenizer, candidates, answers: 2, Limit);
        var whole = Enumerable.Range(0, 40).Where(i => drawn[i].All(answer => !answer.IsTruncated)).ToList();
        Assert.InRange(whole.Count, 4, 36);
        Assert.Contains(drawn, answers => answers.All(answer => answer.IsTruncated));

        // By hand: of two lengths a and b the spread over the mean is |a - b| / (a + b).
        var evenest =
            whole.OrderBy(
                i => Math.Abs(drawn[i][0].TokenIds.Length - drawn[i][1].TokenIds.Length)
                    / (double)(drawn[i][0].TokenIds.Length + drawn[i][1].TokenIds.Length)).Take(3).Order();
        var (kept, report) =
            PromptSelection.Run(model, tokenizer, candidates, Never, keep: 3, Config, Limit, maxAccuracy: 1, seed: 7);
        Assert.Equal(evenest.Select(i => $"p{i}"), kept.Select(problem => problem.Id));
        Assert.Equal(40 - whole.Count, report.Truncated);
        var all = Config with { CandidatesPerPrompt = 1 };
        (kept, _) = PromptSelection.Run(
            model, tokenizer, candidates, Never, keep: whole.Count + 1, all, Limit, maxAccuracy: 1, seed: 7);
        Assert.Equal(whole.Count + 1, kept.Count);
    }

    // Answers to p0, p3, ... are always right, to p1, p4, ... never; to the others where the answer begins with one of
    // half of the signs. What is cut is wrong, and an empty one cannot be judged.
    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Only_problems_that_reinforcement_learns_from_are_chosen_where_that_is_asked_for(double maxAccuracy)
    {
        var tokenizer = new PocketTokenizer();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
        var candidates = Candidates(45);
        var config = Config with { CandidatesPerPrompt = 1, GroupSize = 4, Learnable = true };
        Dictionary<string, (int Right, int Judged)> seen = candidates.ToDictionary(problem => problem.Id, _ => (0, 0));
        var (kept, report) = PromptSelection.Run(
            model, tokenizer, candidates, Judge, keep: 45, config, maxTokens: 60, maxAccuracy, seed: 7);

        // By hand from what was judged; cut ones were not asked about.
        var drawn = Drawn(model, tokenizer, candidates, answers: 4, maxTokens: 60);
        double Share(int i) =>
            seen[$"p{i}"].Right / (double)(seen[$"p{i}"].Judged + drawn[i].Count(answer => answer.IsTruncated));
        var expected = Enumerable.Range(0, 45).Where(i => Share(i) > 0 && Share(i) < 1 && Share(i) <= maxAccuracy)
            .Select(i => $"p{i}").ToList();
        Assert.InRange(expected.Count, 2, 40);
        Assert.Equal(expected, kept.Select(problem => problem.Id));
        Assert.Equal(45, kept.Count + report.Unsolved + report.TooEasy);
        Assert.True(report is { Unsolved: >= 15, TooEasy: > 0 });

        Verdict Judge(Problem problem, string response)
        {
            if (response.Length == 0)
            {
                return new Verdict(Outcome.Unverifiable, null, "");
            }

            var kind = Array.IndexOf(candidates, problem) % 3;
            var isRight = kind == 0 || (kind == 2 && response[0] % 2 == 0);
            var (right, judged) = seen[problem.Id];
            seen[problem.Id] = (right + (isRight ? 1 : 0), judged + 1);
            return new Verdict(isRight ? Outcome.Correct : Outcome.Incorrect, null, "");
        }
    }

    [Fact]
    public void Problems_of_which_none_can_be_learned_from_are_told()
    {
        var tokenizer = new PocketTokenizer();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
        var config = Config with { Learnable = true };
        var error = Assert.Throws<InvalidOperationException>(() => PromptSelection.Run(
            model, tokenizer, Candidates(4), Never, keep: 2, config, Limit, maxAccuracy: 0.5, seed: 7)).Message;
        Assert.Contains("None of 4 problems is one to learn from: of 2 answers to each, 4 have none", error,
            StringComparison.Ordinal);
    }

    // Of 40 candidates a recipe that looks at two for each kept takes 20 at the most, however few there are for its
    // steps; and where all are kept, answers would decide nothing.
    [Theory]
    [InlineData(2.0, 40, 100, 20, true)]
    [InlineData(2.0, 40, 10, 10, true)]
    [InlineData(1.5, 1_920, 1_280, 1_280, true)]
    [InlineData(1.5, 5, 100, 4, true)]
    [InlineData(1.0, 40, 100, 40, false)]
    [InlineData(1.0, 40, 39, 39, true)]
    public void A_share_of_the_candidates_is_kept_and_nothing_is_drawn_where_that_is_all(double candidatesPerPrompt,
        int candidates, int most, int keeps, bool decides)
    {
        var config = Config with { CandidatesPerPrompt = candidatesPerPrompt };
        Assert.Equal((keeps, decides), (config.Keeps(candidates, most), config.Decides(candidates, most)));
        Assert.True((config with { Learnable = true }).Decides(candidates, most));
    }

    [Fact]
    public void One_answer_has_no_spread_and_is_refused() =>
        Assert.Contains("Answers is 1", Assert.Throws<ArgumentException>(() => Config with { GroupSize = 1 }).Message,
            StringComparison.Ordinal);

    private static Problem[] Candidates(int count)
    {
        var mix = Phi4R.Recipes.Pocket.Recipe.Distill.Mix;
        return [.. Enumerable.Range(0, count).Select(i =>
            PocketProblems.Draw(Randomness.For(1, "test", i), mix, Split.Training) with { Id = $"p{i}" })];
    }

    // The answers that are looked at with seed 7.
    private static IReadOnlyList<Completion>[] Drawn(
        LanguageModel model, PocketTokenizer tokenizer, Problem[] candidates, int answers, int maxTokens)
    {
        var chat = new ChatFormat(tokenizer);
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = maxTokens };
        return Sampler.Draw(model, [.. candidates.Select(Request)], sampling, tokenizer.StopIds);

        SampleRequest Request(Problem problem, int i) => new(
            chat.Prompt(problem.Question),
            [.. Enumerable.Range(0, answers).Select(j => Randomness.For(7, "prompt selection", i, j))]);
    }

    private static Verdict Never(Problem problem, string response) => new(Outcome.Incorrect, null, "");
}
