using System.Collections;
using Phi4R.Data.Import;

namespace Phi4R.Data;

/// <summary>
/// Rollouts on disk as a list: going through it reads a row group at a time, and of those that are asked for by their
/// places one row group is kept.
/// </summary>
internal sealed class StoredRollouts : IReadOnlyList<Rollout>
{
    private readonly Lazy<List<(string File, int Group, long First)>> _groups;
    private readonly Lock _gate = new();
    private (int Group, Rollout[] Rollouts) _kept = (-1, []);

    /// <exception cref="InvalidDataException">A part is damaged, or missing.</exception>
    public StoredRollouts(string directory)
    {
        Folder = directory;
        Count = checked((int)RolloutParts.Count(directory));
        _groups = new(Groups);
    }

    /// <summary>Where the folder of the parts is.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Rollout this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            lock (_gate)
            {
                var at = _groups.Value.FindLastIndex(group => group.First <= index);
                var (file, group, first) = _groups.Value[at];
                if (_kept.Group != at)
                {
                    _kept = (at, [.. RolloutParts.ReadPartAsync(file, group..(group + 1)).ToBlockingEnumerable()]);
                }

                return _kept.Rollouts[index - first];
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<Rollout> GetEnumerator() => RolloutParts.Read(Folder).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<(string File, int Group, long First)> Groups()
    {
        List<(string, int, long)> groups = [];
        var first = 0L;
        foreach (var file in RolloutParts.Files(Folder))
        {
            foreach (var (i, rows) in ParquetRecords.Groups(file).Index())
            {
                groups.Add((file, i, first));
                first += rows;
            }
        }

        return groups;
    }
}
