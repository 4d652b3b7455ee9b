namespace Phi4R.Data.Import;

/// <summary>Counts what an import makes, and what it leaves out by reasons.</summary>
internal sealed class Tally
{
    private readonly Dictionary<string, (long Count, string First)> _left = new(StringComparer.Ordinal);

    public long Records { get; set; }

    public long Problems { get; set; }

    public long Rollouts { get; set; }

    public long Kept { get; set; }

    public long WithoutReference { get; set; }

    public ImportSummary Summary => new()
    {
        Problems = Problems,
        Rollouts = Rollouts,
        Kept = Kept,
        WithoutReference = WithoutReference,
        LeftOut = [.. _left.OrderByDescending(left => left.Value.Count).ThenBy(left => left.Key, StringComparer.Ordinal)
            .Select(left => new LeftOutRecords(left.Key, left.Value.Count, left.Value.First))],
    };

    public void Leave(string why, string where)
    {
        var (count, first) = _left.GetValueOrDefault(why, (0, where));
        _left[why] = (count + 1, first);
    }
}
