using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Checkpoints;

/// <summary>
/// A model's files, of which the headers were read and checked and the weights were not: what it is, and whether it
/// fits.
/// </summary>
public sealed class Checkpoint
{
    private readonly IReadOnlyList<string> _paths;

    /// <param name="config">The sizes that the files must have.</param>
    /// <param name="paths">Safetensors files that together hold every weight once.</param>
    /// <exception cref="InvalidDataException">The message lists every missing, extra and misshaped tensor.</exception>
    public Checkpoint(ModelConfig config, params IReadOnlyList<string> paths)
    {
        Weights.Check(config, paths);
        (Config, _paths) = (config, paths);
        var sixteenBits = paths.All(path => SafeTensors.ReadHeader(path).Tensors
            .All(entry => entry.Type == "BF16" || Weights.Repeats(config, entry.Name)));
        HeldType = sixteenBits ? ScalarType.BFloat16 : ScalarType.Float32;
    }

    /// <summary>The sizes of the model that it holds.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// The type to compute with that rounds no weight: bf16 where all of them are stored so, otherwise 32 bits.
    /// </summary>
    public ScalarType HeldType { get; }

    /// <summary>Reads the headers of a folder.</summary>
    /// <inheritdoc cref="PretrainedModel.Load"/>
    public static Checkpoint Open(string folder, RopePolicy? ropePolicy = null) =>
        new(PretrainedModel.ReadConfig(folder, ropePolicy), PretrainedModel.Files(folder));

    /// <summary>Reads the weights; the caller disposes the model.</summary>
    /// <param name="device">Where the weights are to live.</param>
    /// <param name="dtype">What they are converted to; null: <see cref="HeldType"/>.</param>
    /// <exception cref="InsufficientMemoryException">The device has not enough free; nothing was read.</exception>
    public LanguageModel Load(Device device, ScalarType? dtype = null)
    {
        var type = dtype ?? HeldType;
        CheckRoom(device, type);
        var model = new LanguageModel(Config, device, type);
        try
        {
            Weights.Load(model, _paths);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Bytes that computing with the weights takes: the weights, and some of what is made of them on the way.
    /// </summary>
    public long Need(ScalarType type)
    {
        const int ShareBeside = 16; // 8.0 GB were measured for 7.67 GB of weights in 16 bits.
        var weights = Config.ParameterCount * (type == ScalarType.Float32 ? sizeof(float) : sizeof(ushort));
        return weights + (weights / ShareBeside);
    }

    /// <summary>Makes sure that the weights fit into what is free of a device's memory.</summary>
    /// <exception cref="InsufficientMemoryException">
    /// They do not; the message says what they need, what is there and what to do.
    /// </exception>
    public void CheckRoom(Device device, ScalarType type)
    {
        if (device.type == DeviceType.CPU)
        {
            CheckRoom(type, HostMemory.Available(), "this machine has");
        }
        else
        {
            CheckRoom(type, DeviceMemory.Free(device) ?? long.MaxValue, $"{device} has");
        }
    }

    internal void CheckRoom(ScalarType type, long free, string holder)
    {
        if (Need(type) > free)
        {
            var advice = type == ScalarType.Float32 && Need(ScalarType.BFloat16) <= free
                ? $"Use 16 bits (--dtype bf16), which need {Gigabytes(Need(ScalarType.BFloat16))}."
                : "End what else takes memory, or use a machine with more of it.";
            throw new InsufficientMemoryException(
                $"{Path.GetDirectoryName(_paths[0])} needs {Gigabytes(Need(type))} of memory in "
                    + $"{(type == ScalarType.Float32 ? 32 : 16)} bits, and {holder} {Gigabytes(free)} free. {advice}");
        }
    }

    /// <summary>Gives every weight as it is stored, one after the other in the files' order.</summary>
    /// <param name="take">
    /// Is given a name and a tensor that is the file's own memory and lives for the call only.
    /// </param>
    internal void Each(Action<string, Tensor> take) => Weights.Each(Config, _paths, take);

    /// <summary>All weights as the files' own memory; the caller disposes them.</summary>
    internal MappedWeights Map() => new(Config, _paths);

    private static string Gigabytes(long bytes) => FormattableString.Invariant($"{bytes / 1e9:F1} GB");
}
