// B rows, T tokens, N learned tokens.
using Phi4R.Data;

namespace Phi4R.Training;

/// <summary>Rows of tokens side by side as tensors, and which of them are learned.</summary>
public sealed class TokenBatch : IDisposable
{
    private TokenBatch(Tensor ids, Tensor? positions, Tensor? documents, Tensor learnedRows, Tensor targets, int[] owners)
    {
        (Ids, Positions, Documents, LearnedRows, Targets, Owners) = (ids, positions, documents, learnedRows, targets, owners);
    }

    /// <summary>[B, T] token ids.</summary>
    public Tensor Ids { get; }

    /// <summary>[B, T] place of each token in its own document, or null where a row is one document.</summary>
    public Tensor? Positions { get; }

    /// <summary>[B, T] number of each token's document, or null where a row is one document.</summary>
    public Tensor? Documents { get; }

    /// <summary>[N] indexes into the flattened [B * T]: the places that predict a learned token.</summary>
    public Tensor LearnedRows { get; }

    /// <summary>[N] the learned tokens.</summary>
    public Tensor Targets { get; }

    /// <summary>N numbers: the example, in the order given, that each learned token belongs to.</summary>
    public int[] Owners { get; }

    /// <summary>N.</summary>
    public int Learned => Owners.Length;

    /// <summary>Rows that several documents share: positions begin anew with each, and a token sees its own document only.</summary>
    /// <param name="fill">The id that fills the rest of a row.</param>
    public static TokenBatch FromPacked(IReadOnlyList<PackedRow> rows, int fill, Device device)
    {
        var length = rows[0].Length;
        var (ids, positions, documents) = (Filled(rows.Count * length, fill), new long[rows.Count * length], new long[rows.Count * length]);
        List<long> learnedRows = [], targets = [];
        List<int> owners = [];
        var owner = 0;
        for (var b = 0; b < rows.Count; b++)
        {
            var at = b * length;
            for (var d = 0; d < rows[b].Documents.Count; d++)
            {
                var document = rows[b].Documents[d];
                for (var i = 0; i < document.Tokens.Length; i++, at++)
                {
                    (ids[at], positions[at], documents[at]) = (document.Tokens[i], i, d);
                    Learn(document, i, at, owner);
                }

                owner++;
            }

            // Padding is a document of its own, so that it neither sees nor is seen.
            for (var i = 0; at < (b + 1) * length; i++, at++)
            {
                (positions[at], documents[at]) = (i, rows[b].Documents.Count);
            }
        }

        long[] shape = [rows.Count, length];
        return new TokenBatch(
            Place(ids, shape, device), Place(positions, shape, device), Place(documents, shape, device),
            Place([.. learnedRows], [learnedRows.Count], device), Place([.. targets], [targets.Count], device), [.. owners]);

        void Learn(Example document, int i, int at, int owner)
        {
            if (i >= Math.Max(1, document.LearnFrom))
            {
                learnedRows.Add(at - 1);
                targets.Add(document.Tokens[i]);
                owners.Add(owner);
            }
        }
    }

    /// <summary>One document a row, filled up at the right; no token sees the filling, and it is never learned.</summary>
    /// <param name="fill">The id that fills the rest of a row.</param>
    public static TokenBatch FromPadded(IReadOnlyList<Example> examples, int fill, Device device)
    {
        var length = examples.Max(example => example.Tokens.Length);
        var ids = Filled(examples.Count * length, fill);
        List<long> learnedRows = [], targets = [];
        List<int> owners = [];
        for (var b = 0; b < examples.Count; b++)
        {
            var tokens = examples[b].Tokens;
            for (var i = 0; i < tokens.Length; i++)
            {
                ids[(b * length) + i] = tokens[i];
                if (i >= Math.Max(1, examples[b].LearnFrom))
                {
                    learnedRows.Add((b * length) + i - 1);
                    targets.Add(tokens[i]);
                    owners.Add(b);
                }
            }
        }

        return new TokenBatch(
            Place(ids, [examples.Count, length], device), null, null,
            Place([.. learnedRows], [learnedRows.Count], device), Place([.. targets], [targets.Count], device), [.. owners]);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Ids, Positions, Documents, LearnedRows, Targets })
        {
            tensor?.Dispose();
        }
    }

    private static Tensor Place(long[] values, long[] shape, Device device) => tensor(values, device: device).view(shape);

    private static long[] Filled(int count, int fill)
    {
        var values = new long[count];
        Array.Fill(values, fill);
        return values;
    }
}
