using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>What making a stage's result works with.</summary>
/// <param name="Folder">Where the result's files go.</param>
/// <param name="Checkpoints">Where what was done so far is kept.</param>
/// <param name="Ledger">What was left out; kept as ledger.jsonl beside the result.</param>
internal sealed record StageWork(string Folder, TrainingCheckpoints Checkpoints, Ledger Ledger)
{
    /// <summary>The file of a stage's steps.</summary>
    public const string StepsFile = TrainingCheckpoints.StepsFile;

    /// <summary>
    /// Whether the folder is the stage's; otherwise another rank keeps the result, and what is written here is removed.
    /// </summary>
    public bool IsKept { get; init; } = true;

    /// <summary>The file of a stage's weights.</summary>
    public const string WeightsFile = "model.safetensors";

    public void Write<T>(string file, T value) =>
        AtomicFile.WriteText(Path.Combine(Folder, file), JsonSerializer.Serialize(value, JsonFormat.Indented));

    public void WriteLines<T>(string file, IEnumerable<T> records)
        where T : class => JsonLines.Write(Path.Combine(Folder, file), records);

    /// <summary>A stage's steps; those that were skipped stand in the ledger too.</summary>
    public void WriteSteps<TReport>(IReadOnlyList<TReport> reports)
        where TReport : class, IStepReport
    {
        WriteLines(StepsFile, reports);
        Ledger.Add("updates", reports.Sum(report => (long)report.Skipped),
            "their gradient was not finite; they changed nothing");
    }

    /// <summary>
    /// The weights, and beside them the sizes, the rope policy, and where it is Phi-4-mini's the tokenizer and the chat
    /// template that they were trained with; adapters are kept in a folder of their own and merged.
    /// </summary>
    public void WriteModel(LanguageModel model, ITokenizer tokenizer)
    {
        if (!IsKept)
        {
            return; // Gigabytes, perhaps.
        }

        if (model.Adapters is { } adapters)
        {
            AdapterFiles.Save(adapters, Path.Combine(Folder, "adapter"));
        }

        model.Adapters?.Merge();
        Weights.Save(model, Path.Combine(Folder, WeightsFile));
        var held = model.MasterWeights is null ? model.HeadWeight.dtype : ScalarType.Float32;
        ModelExport.WriteConfig(model.Config, Folder, tokenizer.EndOfText, tokenizer.StopIds, held);
        if (tokenizer is Phi4MiniTokenizer)
        {
            TokenizerExport.Write(Folder, tokenizer.System == ChatTemplate.Reasoning.System
                ? ChatTemplate.Reasoning
                : ChatTemplate.Instruct);
        }
    }
}
