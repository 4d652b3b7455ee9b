using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Show;
using Phi4R.Tests.Reference;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Each fault is seeded by hand; each must be named, be seen in the picture, and raise.
public sealed class TokenXrayTests
{
    private static readonly PocketTokenizer Tokenizer = new();
    private static readonly ChatFormat Chat = new(Tokenizer);
    private static readonly ModelConfig Config = ToyTask.Config;
    private static readonly XrayRules AnswersOnly = new(PromptsLearned: false, AnswersEnd: true);
    private static readonly int[] Prompt = Chat.Prompt("1+2=?");
    private static readonly int[] Answer = Chat.Completion("<think>1+2=3</think>\\boxed{3}");

    [Fact]
    public void Sound_batches_of_every_kind_have_no_fault()
    {
        Assert.Empty(Of(Document()).Faults);
        Assert.Empty(
            TokenXray.Of([new PackedSequence([Document(0), Document(0)], 40), new PackedSequence([Document(0)], 40)],
                Tokenizer, Config, Tokenizer.EndOfText, new XrayRules(true, true)).Faults);
        Assert.Empty(TokenXray.Of([new PreferencePair("p", Prompt, Answer, Chat.Completion("\\boxed{4}"))], Tokenizer,
            Config, Tokenizer.EndOfText).Faults);
        Assert.Empty(
            TokenXray.Of(
                [new PolicyRollout(Prompt, new Completion
                {
                    TokenIds = Answer,
                    LogProbs = new float[Answer.Length],
                    Finish = FinishReason.Stop,
                }, 1),
                    new PolicyRollout(Prompt, new Completion
                    {
                        TokenIds = Answer[..4],
                        LogProbs = new float[4],
                        Finish = FinishReason.Length,
                    }, -1)], Tokenizer, Config, Tokenizer.EndOfText).Faults);
    }

    [Fact]
    public void What_is_shown_of_each_token_is_what_the_batch_holds()
    {
        var xray = TokenXray.Of([new PackedSequence([Document(0), Document(3)], 40)], Tokenizer, Config,
            Tokenizer.EndOfText, new XrayRules(true, true));
        var length = Prompt.Length + Answer.Length;
        Assert.Equal(40, xray.Tokens.Count);
        Assert.Equal(Enumerable.Range(0, length).Concat(Enumerable.Range(0, length)),
            xray.Tokens.Take(2 * length).Select(token => token.Position));
        Assert.All(xray.Tokens.Take(length), token => Assert.Equal((0, 0), (token.Document, token.SeesFrom)));
        Assert.All(xray.Tokens.Skip(length).Take(length),
            token => Assert.Equal((1, length), (token.Document, token.SeesFrom)));
        Assert.All(xray.Tokens.Skip(2 * length), token => Assert.True(token.Padding));
        Assert.Equal([false, true, true], xray.Tokens.Take(3).Select(token => token.InLoss));
        Assert.Equal([false, false, false, true], xray.Tokens.Skip(length).Take(4).Select(token => token.InLoss));
        Assert.Equal("<|user|>", xray.Tokens[0].Text);
        Assert.True(xray.Tokens[0].Special && !xray.Tokens[1].Special);
    }

    [Fact]
    public void A_mark_at_the_start_that_stands_twice_is_seen_and_raises() =>
        Faulty(XrayFaultKind.DoubleStart, "opens with <|user|> twice",
            Of(new TrainingExample("p", [Prompt[0], .. Prompt, .. Answer], Prompt.Length + 1)));

    [Fact]
    public void A_missing_end_is_seen_and_raises() =>
        Faulty(XrayFaultKind.MissingEnd, "learns not to stop",
            Of(new TrainingExample("p", [.. Prompt, .. Answer[..^1]], Prompt.Length)));

    [Fact]
    public void A_rejected_answer_without_its_end_is_seen_and_raises() =>
        Faulty(XrayFaultKind.MissingEnd, "learns not to stop",
            TokenXray.Of([new PreferencePair("p", Prompt, Answer, Answer[..^1])], Tokenizer, Config,
                Tokenizer.EndOfText));

    [Fact]
    public void A_prompt_in_the_loss_of_a_stage_that_learns_answers_is_seen_and_raises() =>
        Faulty(XrayFaultKind.LearnedPrompt, "stands before the answer",
            Of(new TrainingExample("p", [.. Prompt, .. Answer], 2)));

    [Fact]
    public void A_part_of_an_answer_out_of_the_loss_is_seen_and_raises() =>
        Faulty(XrayFaultKind.UnlearnedAnswer, "belongs to the answer",
            Of(new TrainingExample("p", [.. Prompt, .. Answer], Prompt.Length + 3)));

    // Two documents handed over as one: the second attends to the first, and its positions run on.
    [Fact]
    public void A_leak_from_one_document_to_another_is_seen_and_raises()
    {
        var length = Prompt.Length + Answer.Length;
        var sound = TokenXray.Of([new PackedSequence([Document(0), Document(0)], 40)], Tokenizer, Config,
            Tokenizer.EndOfText, new XrayRules(true, true));
        var leaking = sound with
        {
            Tokens =
                [.. sound.Tokens.Select(token => token.Document == 1
                    ? token with { SeesFrom = 0, Position = token.Place }
                    : token)],
        };
        leaking = leaking with { Faults = leaking.Find(new XrayRules(true, true), Tokenizer) };
        Assert.Equal(2 * length, leaking.Faults.Count);
        Faulty(XrayFaultKind.AttentionLeak, "attends from place 0", leaking);
        Faulty(XrayFaultKind.WrongPosition, "has position", leaking);
    }

    [Fact]
    public void Filling_in_the_loss_is_seen_and_raises()
    {
        var sound = TokenXray.Of([new PackedSequence([Document(0)], 40)], Tokenizer, Config, Tokenizer.EndOfText,
            new XrayRules(true, true));
        var wrong = sound with
        {
            Tokens = [.. sound.Tokens.Select(token => token with { InLoss = token.InLoss || token.Place == 39 })],
        };
        Faulty(XrayFaultKind.LearnedPadding, "padding is in the loss",
            wrong with { Faults = wrong.Find(new XrayRules(true, true), Tokenizer) });
    }

    [Fact]
    public void One_long_document_switches_the_regime_of_the_whole_pass()
    {
        var config = Config with { RopePolicy = RopePolicy.ByLength };
        Assert.Equal(RopeRegime.LongFactors,
            TokenXray.Of([Document(), new TrainingExample("long", [.. Prompt, .. Answer, .. Answer], Prompt.Length)],
                Tokenizer, config, 0, AnswersOnly).Regime);
        Assert.Equal(RopeRegime.ShortFactors,
            TokenXray.Of([new TrainingExample("short", [.. Prompt, Answer[^1]], Prompt.Length)], Tokenizer, config, 0,
                AnswersOnly).Regime);
    }

    [Fact]
    public void One_call_shows_the_batches_of_every_stage_and_they_are_sound()
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch());
        foreach (var stage in new StageDefinition[]
        {
            Pipeline.Base,
            Pipeline.MidTraining,
            Pipeline.Sft,
            Pipeline.Dpo,
            Pipeline.Grpo,
        })
        {
            var xray = run.Xray(stage).Checked();
            Assert.InRange(xray.Rows, 1, 8);
            Assert.Contains(xray.Tokens, token => token.InLoss);
            Assert.Contains("No fault was found.", TokenPicture.Of(xray).AltText, StringComparison.Ordinal);
        }

        Assert.Contains("has steps 0 to",
            Assert.Throws<ArgumentException>(() => run.Xray(Pipeline.Sft, step: 99)).Message, StringComparison.Ordinal);
        Assert.Contains("base, mid-training, sft, dpo, rl",
            Assert.Throws<ArgumentException>(() => run.Xray(Pipeline.Evaluation)).Message, StringComparison.Ordinal);
    }

    private static TrainingExample Document(int? learnFrom = null) =>
        new("p", [.. Prompt, .. Answer], learnFrom ?? Prompt.Length);

    private static TokenXray Of(TrainingExample document) =>
        TokenXray.Of([document], Tokenizer, Config, Tokenizer.EndOfText, AnswersOnly);

    private static void Faulty(XrayFaultKind kind, string message, TokenXray xray)
    {
        Assert.Contains(xray.Faults, fault => fault.Kind == kind
            && fault.Message.Contains(message, StringComparison.Ordinal));
        Assert.Contains($"{kind} ", Assert.Throws<InvalidDataException>(() => xray.Checked()).Message,
            StringComparison.Ordinal);
        var html = TokenPicture.Of(xray).ToHtml();
        Assert.Contains(kind.ToString(), html, StringComparison.Ordinal);
        Assert.Contains("FAULT", html, StringComparison.Ordinal);
    }
}
