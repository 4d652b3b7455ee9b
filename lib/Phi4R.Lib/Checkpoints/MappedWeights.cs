using Phi4R.Model;

namespace Phi4R.Checkpoints;

/// <summary>The weights of one file or several shards as the files' own memory.</summary>
internal sealed class MappedWeights : IDisposable
{
    private readonly List<MappedTensors> _files = [];
    private readonly Dictionary<string, (MappedTensors File, StoredTensor Entry)> _homes = new(StringComparer.Ordinal);

    private readonly IReadOnlyList<string> _paths;

    public MappedWeights(ModelConfig config, IReadOnlyList<string> paths)
    {
        _paths = paths;
        foreach (var path in paths)
        {
            var file = new MappedTensors(path);
            _files.Add(file);
            foreach (var entry in file.Tensors.Where(entry => !Phi4R.Checkpoints.Weights.Repeats(config, entry.Name)))
            {
                _homes[entry.Name] = (file, entry);
            }
        }

        All = [.. _homes.OrderBy(home => home.Key, StringComparer.Ordinal)
            .Select(home => (home.Key, home.Value.File.View(home.Value.Entry)))];
    }

    /// <summary>Every weight in the order of the names; they live as long as this object.</summary>
    public IReadOnlyList<(string Name, Tensor Weight)> All { get; }

    /// <summary>Looks at every number once; no more than one tensor is in this process's memory.</summary>
    /// <exception cref="InvalidDataException">
    /// A tensor holds NaN or infinity; the message names it, and how many, as that of loading does.
    /// </exception>
    public void RefuseNotFinite()
    {
        List<string> faults = [];
        foreach (var (file, entry) in _homes.OrderBy(home => home.Key, StringComparer.Ordinal)
            .Select(home => home.Value))
        {
            Phi4R.Checkpoints.Weights.AddNotFinite(faults, file, entry);
            file.Release(entry);
        }

        Phi4R.Checkpoints.Weights.RefuseNotFinite(faults, _paths);
    }

    /// <summary>
    /// Takes the pages of a weight out of this process's memory; they are read again when they are touched again.
    /// </summary>
    public void Release(string name) => _homes[name].File.Release(_homes[name].Entry);

    public void Dispose()
    {
        foreach (var (_, weight) in All)
        {
            weight.Dispose();
        }

        foreach (var file in _files)
        {
            file.Dispose();
        }
    }
}
