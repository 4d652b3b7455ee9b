using Phi4R.Data;
using Phi4R.Foundation;
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
        var (kept, report) = PromptSelection.Run(model, tokenizer, candidates, keep: 3, Config, Limit, seed: 7);
        Assert.Equal(evenest.Select(i => $"p{i}"), kept.Select(problem => problem.Id));
        Assert.Equal(40 - whole.Count, report.Cut);
        Assert.Equal(whole.Count + 1, PromptSelection.Run(model, tokenizer, candidates, keep: whole.Count + 1, Config, Limit, seed: 7).Kept.Count);
    }

    [Fact]
    public void One_answer_has_no_spread_and_is_refused() =>
        Assert.Contains("Answers is 1", Assert.Throws<ArgumentException>(() => Config with { Answers = 1 }).Message, StringComparison.Ordinal);
}
