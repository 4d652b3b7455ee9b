namespace Phi4R.Foundation;

/// <summary>Something that a stage left out, cut or skipped.</summary>
/// <param name="Stage">Which.</param>
/// <param name="What">What was left out, in words.</param>
/// <param name="Count">How many.</param>
/// <param name="Why">The rule that did it.</param>
public sealed record LedgerLine(string Stage, string What, long Count, string Why);

/// <summary>
/// A stage's account of all that went in and did not come out: nothing is truncated, dropped or skipped without a line
/// here.
/// </summary>
public sealed class Ledger(string stage)
{
    private readonly List<LedgerLine> _lines = [];

    /// <summary>In the order in which things happened.</summary>
    public IReadOnlyList<LedgerLine> Lines => _lines;

    /// <summary>Adds a line; none where there is nothing to tell.</summary>
    public void Add(string what, long count, string why)
    {
        if (count > 0)
        {
            _lines.Add(new LedgerLine(stage, what, count, why));
        }
    }
}
