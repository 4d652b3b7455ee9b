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
    public static IEnumerable<PackedSequence> Pack(IEnumerable<TrainingExample> documents, int rowLength, int openRows)
    {
        List<(List<TrainingExample> Documents, int Used)> open = [];
        foreach (var document in documents)
        {
            if (document.Tokens.Length > rowLength)
            {
                throw new InvalidDataException($"The document of problem {document.Id} has {document.Tokens.Length} "
                    + $"tokens; a row holds {rowLength}. "
                    + "Leave out such rollouts upstream, where they are counted, or lengthen the row.");
            }

            var home = -1;
            for (var i = 0; i < open.Count; i++)
            {
                if (open[i].Used + document.Tokens.Length <= rowLength && (home < 0 || open[i].Used > open[home].Used))
                {
                    home = i;
                }
            }

            if (home < 0 && open.Count == openRows)
            {
                var fullest = Enumerable.Range(0, open.Count).MaxBy(i => open[i].Used);
                yield return new PackedSequence(open[fullest].Documents, rowLength);
                open.RemoveAt(fullest);
            }

            if (home < 0)
            {
                open.Add(([], 0));
                home = open.Count - 1;
            }

            open[home].Documents.Add(document);
            open[home] = (open[home].Documents, open[home].Used + document.Tokens.Length);
        }

        foreach (var (rows, _) in open)
        {
            yield return new PackedSequence(rows, rowLength);
        }
    }
}
