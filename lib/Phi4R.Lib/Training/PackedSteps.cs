using System.Collections;
using Phi4R.Data;

namespace Phi4R.Training;

/// <summary>
/// The rows of each step as numbers of documents: the tokens of a step are fetched when it is asked for, and the order
/// of one epoch is in memory at a time.
/// </summary>
internal sealed class PackedSteps : IReadOnlyList<PackedSequence[]>
{
    private readonly TokenDocuments _documents;
    private readonly Func<int, Row[][]> _epoch;
    private readonly int[] _firsts;
    private (int Epoch, Row[][] Steps) _made;

    /// <param name="epoch">The steps of an epoch; the same whenever it is asked for.</param>
    public PackedSteps(TokenDocuments documents, int epochs, Func<int, Row[][]> epoch)
    {
        (_documents, _epoch, _firsts) = (documents, epoch, new int[epochs + 1]);
        for (var i = epochs - 1; i >= 0; i--)
        {
            _made = (i, epoch(i));
            _firsts[i + 1] = _made.Steps.Length;
        }

        for (var i = 0; i < epochs; i++)
        {
            _firsts[i + 1] += _firsts[i];
        }
    }

    /// <inheritdoc/>
    public int Count => _firsts[^1];

    /// <summary>Tokens in the loss of a step, on average.</summary>
    public double MeanLossTokens =>
        (double)((_firsts.Length - 1) * Enumerable.Range(0, _documents.Count).Sum(place =>
            (long)_documents.LossTokensOf(place))) / Count;

    /// <inheritdoc/>
    public PackedSequence[] this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var epoch = Enumerable.Range(0, _firsts.Length - 1).First(place => index < _firsts[place + 1]);
            if (_made.Epoch != epoch)
            {
                _made = (epoch, _epoch(epoch));
            }

            return [.. _made.Steps[index - _firsts[epoch]].Select(row =>
                new PackedSequence([.. row.Documents.Select(place => _documents[place])], row.Length))];
        }
    }

    /// <inheritdoc/>
    public IEnumerator<PackedSequence[]> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One row.</summary>
    /// <param name="Documents">Places of its documents, in order.</param>
    /// <param name="Length">Tokens that it holds, padding included.</param>
    internal readonly record struct Row(int[] Documents, int Length);
}
