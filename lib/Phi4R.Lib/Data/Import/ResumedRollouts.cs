namespace Phi4R.Data.Import;

/// <summary>
/// The rollouts of an import in their order, of which an earlier start may have written the first as whole parts: those
/// are passed over.
/// </summary>
internal sealed class ResumedRollouts : IDisposable
{
    private readonly RolloutWriter _writer;

    /// <exception cref="InvalidDataException">A part that is there is damaged, or one is missing.</exception>
    public ResumedRollouts(string directory, long partSigns)
    {
        _writer = new(directory, partSigns);
        Kept = PartManifest.Count(directory);
    }

    /// <summary>Rollouts of an earlier start.</summary>
    public long Kept { get; }

    /// <summary>Rollouts that were added, the kept ones among them.</summary>
    public long Count { get; private set; }

    /// <summary>Kept rollouts that are still to be passed over.</summary>
    public long Missing => Math.Max(0, Kept - Count);

    /// <summary>Adds the next rollout, unless it was kept.</summary>
    public void Add(Rollout rollout)
    {
        if (++Count > Kept)
        {
            _writer.Add(rollout);
        }
    }

    /// <summary>Ends the last part.</summary>
    /// <exception cref="InvalidDataException">The files hold fewer rollouts than were kept.</exception>
    public void Complete()
    {
        if (Count < Kept)
        {
            throw new InvalidDataException($"An earlier start of this import kept {Kept:N0} completions, and the files "
                + $"hold {Count:N0}: they are not what they were. Start the import again; it begins anew.");
        }

        _writer.Complete();
    }

    /// <summary>Drops what no whole part holds.</summary>
    public void Dispose() => _writer.Dispose();
}
