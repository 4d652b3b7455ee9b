using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Tests.Reference;

/// <summary>
/// A checkpoint of Phi-4-mini's form, vocabulary and chat template with few weights, which can write a short solution.
/// </summary>
/// <remarks>
/// It is trained on the tokens that the solutions are made of alone, in seconds, and then given the other 199,000, none
/// of which it ever writes.
/// </remarks>
internal static class SmallReleasedModel
{
    private const int EndOfText = 199_999;
    private const int End = 200_020;

    // Of the row that stands for every token that the solutions lack: training made it unlikely, this makes all 199,000
    // unlikely together.
    private const double Unlikelier = 4;

    /// <summary>Trains it and writes its folder, the embeddings in a file of their own.</summary>
    /// <param name="config">Its sizes, those of the released vocabulary.</param>
    /// <param name="solutions">What it can write.</param>
    public static void Write(string folder, ModelConfig config, IEnumerable<(string Question, string Answer)> solutions)
    {
        var chat = new ChatFormat(new Phi4MiniTokenizer());
        List<int[]> texts = [.. solutions.Select(one => (int[])[.. chat.Prompt(one.Question),
            .. chat.Completion(one.Answer)])];
        int[] known = [.. texts.SelectMany(ids => ids).Append(EndOfText).Distinct().Order()];
        var places = known.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        using var small = LanguageModel.Create(
            config with { VocabularySize = known.Length + 1, InitialDeviation = 0.1 }, 1, CPU);
        var usual = Phi4R.Recipes.Pocket.Recipe.Pretrain!;
        MidTraining.Run(
            small,
            [.. texts.Select(ids => new TrainingExample("solution", [.. ids.Select(id => places[id])], 0))],
            usual with { Epochs = 24, Optimizer = usual.Optimizer with { PeakLearningRate = 1e-2 } },
            new Ending(known.Length + 1, places[EndOfText], places[End]),
            seed: 1);
        using var model = new LanguageModel(config, CPU, ScalarType.Float32);
        using (NewDisposeScope())
        using (no_grad())
        {
            foreach (var ((name, weight), (_, trained)) in model.Parameters.Zip(small.Parameters))
            {
                if (name.EndsWith("embed_tokens.weight", StringComparison.Ordinal))
                {
                    long[] rows = [.. known.Select(id => (long)id)];
                    weight.copy_(trained.narrow(0, known.Length, 1) * Unlikelier);
                    weight.index_copy_(0, tensor(rows), trained.narrow(0, 0, known.Length));
                }
                else
                {
                    weight.copy_(trained);
                }
            }
        }

        ModelExport.Write(model, folder, EndOfText, [End, EndOfText], ScalarType.BFloat16, shardBytes: 1 << 20);
        TokenizerExport.Write(folder, ChatTemplate.Instruct);
    }

    private sealed class Ending(int vocabulary, int endOfText, int end) : ITokenizer
    {
        public int VocabularySize => vocabulary;

        public int EndOfText => endOfText;

        public IReadOnlyList<int> StopIds { get; } = [end, endOfText];

        public int[] Encode(string text, bool special = false) =>
            throw new NotSupportedException("These ids stand for no text of their own.");

        public string Decode(ReadOnlySpan<int> ids) =>
            throw new NotSupportedException("These ids stand for no text of their own.");
    }
}
