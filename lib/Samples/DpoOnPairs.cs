using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Text;

namespace Phi4R.Samples;

/// <summary>Direct preference optimization of a checkpoint on pairs of one's own.</summary>
internal static class DpoOnPairs
{
    /// <param name="folder">The checkpoint to start from, which is the reference too.</param>
    /// <param name="file">
    /// A line is {"question": "…", "chosen": "the better answer", "rejected": "the worse one"}.
    /// </param>
    /// <param name="target">The folder that the trained checkpoint is written to.</param>
    public static void Run(string folder, string file, string target)
    {
        using var model = PretrainedModel.Load(folder, TorchSharp.torch.CPU);
        var tokenizer = TokenizerFiles.Find(folder) ?? throw new InvalidDataException($"{folder} has no tokenizer.");
        var chat = new ChatFormat(tokenizer);
        var pairs = JsonLines.Read<Row>(file).Select((row, i) => new PreferencePair(
            $"{i}", chat.Prompt(row.Question), chat.Completion(row.Chosen), chat.Completion(row.Rejected))).ToList();

        // The paper's settings, in smaller steps: pairs of one's own are few.
        var config = Paper.Recipe.RolloutDpo with { BatchSize = Math.Min(8, pairs.Count), Epochs = 2 };
        var reference = RolloutDpo.Reference(model, pairs, config, tokenizer.EndOfText);
        foreach (var step in RolloutDpo.Run(model, pairs, reference, config, tokenizer.EndOfText, seed: 1))
        {
            Console.WriteLine($"step {step.Step + 1} of {step.Steps}: loss {step.Loss:F4}, margin {step.Margin:F4}");
        }

        ModelExport.Write(model, target, tokenizer.EndOfText, tokenizer.StopIds, textFrom: folder);
    }

    private sealed record Row(string Question, string Chosen, string Rejected);
}
