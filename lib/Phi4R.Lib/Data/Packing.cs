namespace Phi4R.Data;

/// <summary>Documents that share one row of a fixed length, in order; the rest of the row is padding.</summary>
public sealed record PackedSequence(IReadOnlyList<TrainingExample> Documents, int Length)
{
    /// <summary>Tokens that are not padding.</summary>
    public int Used => Documents.Sum(document => document.Tokens.Length);
}

/// <summary>Lays documents end to end in rows of one length; none is cut or dropped.</summary>
public static class Packing
{
    /// <summary>
    /// Packs a stream. A document goes into the fullest open row that holds it; when all are too full, the fullest is
    /// closed.
    /// </summary>
    /// <param name="rowLength">Tokens per row.</param>
    /// <param name="openRows">Rows held in memory: more of them waste less, at the price of order.</param>
    /// <exception cref="InvalidDataException">A document is longer than a row; the message names it.</exception>
    public static IEnumerable<PackedSequence> Pack(
        IEnumerable<TrainingExample> documents, int rowLength, int openRows) =>
        Pack(documents, document => document.Tokens.Length, document => document.Id, rowLength, openRows)
            .Select(row => new PackedSequence(row, rowLength));

    /// <summary>The same for documents that are named and not in memory.</summary>
    /// <param name="lengthOf">Tokens of a document.</param>
    /// <param name="idOf">What messages call it.</param>
    internal static IEnumerable<List<T>> Pack<T>(
        IEnumerable<T> documents, Func<T, int> lengthOf, Func<T, string> idOf, int rowLength, int openRows)
    {
        List<(List<T> Documents, int Used)> open = [];
        foreach (var document in documents)
        {
            var length = lengthOf(document);
            if (length > rowLength)
            {
                throw new InvalidDataException($"The document of problem {idOf(document)} has {length} "
                    + $"tokens; a row holds {rowLength}. "
                    + "Leave out such rollouts upstream, where they are counted, or lengthen the row.");
            }

            var home = -1;
            for (var i = 0; i < open.Count; i++)
            {
                if (open[i].Used + length <= rowLength && (home < 0 || open[i].Used > open[home].Used))
                {
                    home = i;
                }
            }

            if (home < 0 && open.Count == openRows)
            {
                var fullest = Enumerable.Range(0, open.Count).MaxBy(i => open[i].Used);
                yield return open[fullest].Documents;
                open.RemoveAt(fullest);
            }

            if (home < 0)
            {
                open.Add(([], 0));
                home = open.Count - 1;
            }

            open[home].Documents.Add(document);
            open[home] = (open[home].Documents, open[home].Used + length);
        }

        foreach (var (row, _) in open)
        {
            yield return row;
        }
    }
}
