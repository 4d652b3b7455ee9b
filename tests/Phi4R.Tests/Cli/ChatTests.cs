using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Cli;

public sealed class ChatTests
{
    // The rows of a few tokens stand out, each with its negative, so the likeliest token is always one of them: an
    // escape character, a bell, a carriage return, or the end of an override of the direction.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_model_writes_is_shown_and_not_obeyed(bool isTerminal)
    {
        var folder = Path.Combine(Project.Scratch(), "hostile");
        var tokenizer = new Phi4MiniTokenizer();
        var config = SmallModel.Config with
        {
            VocabularySize = tokenizer.VocabularySize,
            Width = 32,
            QueryHeads = 2,
            KeyValueHeads = 1,
            MaxPositions = 1024,
        };
        using (var model = LanguageModel.Create(config, 1, CPU))
        {
            using var frozen = no_grad();
            var embedding = model.Parameters[0].Weight;
            foreach (var (positive, negative) in new[] { ("\e", "\a"), ("\r", "\b"), ("\u009b", "\u202e") })
            {
                using var row = embedding[tokenizer.Encode(positive)[^1]].mul(1000);
                embedding[tokenizer.Encode(positive)[^1]].copy_(row).Dispose();
                embedding[tokenizer.Encode(negative)[^1]].copy_(row.neg()).Dispose();
            }

            ModelExport.Write(model, folder, endOfText: 199_999, stopIds: [200_020, 199_999]);
        }

        TokenizerExport.Write(folder, ChatTemplate.Instruct);
        using var served = ServedModel.Load(folder);
        using var engine = served.Start();
        using var output = new StringWriter();
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 64 };
        ChatVerbs.Talk(served, engine, sampling, 1, new StringReader("1\n2\n3\n\n"), output, isTerminal);
        var shown = output.ToString().Replace("\e[22m", "", StringComparison.Ordinal);
        Assert.DoesNotContain(shown, letter => char.IsControl(letter) && letter != '\n');
        Assert.DoesNotContain('\u202e', shown);
        Assert.Matches(@"\\u00(1b|07|0d|08)", shown);
    }

    // Each character is judged alone; the chat's own marks around thinking stay what they are.
    [Fact]
    public void A_sequence_that_is_split_between_tokens_is_spelled_out()
    {
        var thinking = new DimmedThinking();
        string[] pieces = ["<think>a", "\e", "]52;c;ZXZpbA==", "\a</think>", "\r", "b\u202e", "\e[2", "J"];
        var shown = string.Concat(pieces.Select(piece => thinking.Add(TerminalText.Inert(piece)))) + thinking.End();
        Assert.Equal("\e[2m<think>a\\u001b]52;c;ZXZpbA==\\u0007</think>\e[22m\\u000db\\u202e\\u001b[2J\e[22m", shown);
    }
}
