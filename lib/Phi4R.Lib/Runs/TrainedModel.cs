using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Runs;

/// <summary>A model that a stage made, on disk.</summary>
/// <param name="Name">What the table calls it, such as "+ SFT".</param>
/// <param name="Record">Where it stands and what it was made from.</param>
public record TrainedModel(string Name, StageRecord Record, ModelConfig Config)
{
    /// <summary>File of the weights.</summary>
    public string WeightsPath => Path.Combine(Record.Folder, StageWork.WeightsFile);

    /// <summary>What the stage left out, cut or skipped.</summary>
    public IReadOnlyList<LedgerLine> Ledger => Record.Ledger;

    /// <summary>The model with its weights; the caller disposes it.</summary>
    /// <param name="device">Where it is to live; the CPU by default.</param>
    /// <exception cref="InvalidDataException">
    /// The weights are damaged or of other sizes, or were trained with another rope policy.
    /// </exception>
    public LanguageModel Load(Device? device = null) => Read(device ?? CPU, ScalarType.Float32);

    /// <summary>
    /// The model as a stage goes on from it: frozen 16-bit weights under adapters are read as such, since their 32-bit
    /// ones would never be used; and masters that the host keeps are read there, so that the device never holds both.
    /// </summary>
    internal LanguageModel LoadToLearn(Device device, MemoryConfig memory) => memory switch
    {
        { Weights: WeightPrecision.Full } => Read(device, ScalarType.Float32),
        { Lora: not null } => Read(device, ScalarType.BFloat16),
        _ => Read(memory.OptimizerState == OptimizerStateStorage.HostWithMasters ? CPU : device, ScalarType.Float32),
    };

    /// <summary>
    /// The model as it answers and is not learned from: on an accelerator in 16 bits, as it would be released, since
    /// reading weights is what an answer waits for.
    /// </summary>
    internal LanguageModel LoadForInference(Device device) => Read(device, DrawnIn(device));

    /// <summary>What models that only answer are kept in on a device.</summary>
    internal static ScalarType DrawnIn(Device device) =>
        device.type == DeviceType.CPU ? ScalarType.Float32 : ScalarType.BFloat16;

    private LanguageModel Read(Device device, ScalarType type)
    {
        PretrainedModel.CheckPolicy(Record.Folder, Config.RopePolicy);
        return new Checkpoint(Config, WeightsPath).Load(device, type);
    }
}

/// <summary>A model that a stage made, and the stage's steps.</summary>
/// <param name="Steps">One report a step, in order.</param>
public sealed record TrainedModel<TReport>(
    string Name, StageRecord Record, ModelConfig Config, IReadOnlyList<TReport> Steps)
    : TrainedModel(Name, Record, Config);
