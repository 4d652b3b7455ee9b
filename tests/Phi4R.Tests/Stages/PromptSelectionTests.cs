using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Tests.Stages;

public sealed class PromptSelectionTests
{
    private const int Limit = 30;
    private static readonly PromptSelectionConfig Config = new() { CandidatesPerPrompt = 2, Answers = 2, Temperature = 1 };

    // A model of random weights ends an answer with one token in some forty, so that many are cut. Both answers cut is a spread of exactly zero, and tells nothing.
    [Fact]
    public void Problems_with_a_cut_answer_come_last_and_are_counted()
    {
        var tokenizer = new PocketTokenizer();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
        Problem[] candidates = [.. Enumerable.Range(0, 40).Select(i => PocketProblems.Draw(Randomness.For(1, "test", i), Phi4R.Recipes.Pocket.Recipe.Distill.Mix, Split.Training) with { Id = $"p{i}" })];

        var chat = new ChatFormat(tokenizer);
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = Limit };
        var drawn = Sampler.Draw(
            model, [.. candidates.Select((problem, i) => new SampleRequest(chat.Prompt(problem.Question), [Randomness.For(7, "prompt selection", i, 0), Randomness.For(7, "prompt selection", i, 1)]))], sampling, tokenizer.StopIds);
        var whole = Enumerable.Range(0, 40).Where(i => drawn[i].All(answer => !answer.Cut)).ToList();
        Assert.InRange(whole.Count, 4, 36);
        Assert.Contains(drawn, answers => answers.All(answer => answer.Cut));

        // By hand: of two lengths a and b the spread over the mean is |a - b| / (a + b).
        var evenest = whole.OrderBy(i => Math.Abs(drawn[i][0].Tokens.Length - drawn[i][1].Tokens.Length) / (double)(drawn[i][0].Tokens.Length + drawn[i][1].Tokens.Length)).Take(3).Order();
        var (kept, report) =
            PromptSelection.Run(model, tokenizer, candidates, Never, keep: 3, Config, Limit, maxAccuracy: 1, seed: 7);
        Assert.Equal(evenest.Select(i => $"p{i}"), kept.Select(problem => problem.Id));
        Assert.Equal(40 - whole.Count, report.Cut);
        Assert.Equal(whole.Count + 1,
            PromptSelection.Run(model, tokenizer, candidates, Never, keep: whole.Count + 1,
            Config with { CandidatesPerPrompt = 1 }, Limit, maxAccuracy: 1, seed: 7).Kept.Count);
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
        Problem[] candidates =
            [.. Enumerable.Range(0, 45)
            .Select(i => PocketProblems.Draw(Randomness.For(1, "test", i), Phi4R.Recipes.Pocket.Recipe.Distill.Mix,
            Split.Training) with { Id = $"p{i}" })];
        var config = Config with { CandidatesPerPrompt = 1, Answers = 4, Learnable = true };
        Dictionary<string, (int Right, int Judged)> seen = candidates.ToDictionary(problem => problem.Id, _ => (0, 0));
        var (kept, report) =
            PromptSelection.Run(model, tokenizer, candidates, Judge, keep: 45, config, maxTokens: 60, maxAccuracy,
            seed: 7);

        // By hand from what was judged; cut ones were not asked about.
        var chat = new ChatFormat(tokenizer);
        var drawn = Sampler.Draw(
            model, [.. candidates
                .Select((problem, i) =>
                new SampleRequest(chat.Prompt(problem.Question),
                [.. Enumerable.Range(0, 4).Select(j => Randomness.For(7, "prompt selection", i, j))]))],
            new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 60 }, tokenizer.StopIds);
        double Share(int i) => seen[$"p{i}"].Right
            / (double)(seen[$"p{i}"].Judged + drawn[i].Count(answer => answer.Cut));
        var expected = Enumerable.Range(0, 45).Where(i => Share(i) > 0 && Share(i) < 1 && Share(i) <= maxAccuracy)
            .Select(i => $"p{i}").ToList();
        Assert.InRange(expected.Count, 2, 40);
        Assert.Equal(expected, kept.Select(problem => problem.Id));
        Assert.Equal(45, kept.Count + report.Unsolved + report.TooEasy);
        Assert.True(report is { Unsolved: >= 15, TooEasy: > 0 });

        Verdict Judge(Problem problem, string response)
        {
            var outcome = response.Length == 0 ? Outcome.Unverifiable
                : (int.Parse(problem.Id[1..], System.Globalization.CultureInfo.InvariantCulture) % 3) switch { 0 =>
                    true, 1 => false, _ => response[0] % 2 == 0 } ? Outcome.Correct : Outcome.Incorrect;
            var (right, judged) = seen[problem.Id];
            seen[problem.Id] = (right + (outcome == Outcome.Correct ? 1 : 0), judged
                + (outcome == Outcome.Unverifiable ? 0 : 1));
            return new Verdict(outcome, null, "");
        }
    }

    [Fact]
    public void Problems_of_which_none_can_be_learned_from_are_told()
    {
        var tokenizer = new PocketTokenizer();
        using var model = LanguageModel.Create(Phi4R.Recipes.Pocket.Smoke.Model, 1, CPU);
        Problem[] candidates =
            [.. Enumerable.Range(0, 4)
            .Select(i => PocketProblems.Draw(Randomness.For(1, "test", i), Phi4R.Recipes.Pocket.Recipe.Distill.Mix,
            Split.Training))];
        var error = Assert.Throws<InvalidOperationException>(() =>
            PromptSelection.Run(model, tokenizer, candidates, Never, keep: 2, Config with { Learnable = true }, Limit,
            maxAccuracy: 0.5, seed: 7)).Message;
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
        Assert.Contains("Answers is 1", Assert.Throws<ArgumentException>(() => Config with { Answers = 1 }).Message, StringComparison.Ordinal);

    private static Verdict Never(Problem problem, string response) => new(Outcome.Incorrect, null, "");
}
