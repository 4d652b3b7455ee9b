// B rows, T tokens, N tokens in the loss.
using Phi4R.Data;
using Phi4R.Kernels;

namespace Phi4R.Training;

/// <summary>Rows of tokens side by side as tensors, and which of them are learned.</summary>
public sealed class TokenBatch : IDisposable
{
    private TokenBatch(Tensor ids, Tensor? positions, Tensor? documents, Tensor learnedRows, Tensor targets,
        int[] owners, DocumentSpan[] spans)
    {
        (Ids, Positions, Documents, LossRows, Targets, Owners, Spans) = (ids, positions, documents, learnedRows,
            targets, owners, spans);
    }

    /// <summary>[B, T] token ids.</summary>
    public Tensor Ids { get; }

    /// <summary>[B, T] place of each token in its own document, or null where a row is one document.</summary>
    public Tensor? Positions { get; }

    /// <summary>[B, T] number of each token's document, or null where a row is one document.</summary>
    public Tensor? Documents { get; }

    /// <summary>[N] indexes into the flattened [B * T]: the places that predict a token in the loss.</summary>
    public Tensor LossRows { get; }

    /// <summary>[N] the tokens in the loss.</summary>
    public Tensor Targets { get; }

    /// <summary>N numbers: the example, in the order given, that each token in the loss belongs to.</summary>
    public int[] Owners { get; }

    /// <summary>Where each example lies.</summary>
    public IReadOnlyList<DocumentSpan> Spans { get; }

    /// <summary>N: tokens that are in the loss.</summary>
    public int LossTokens => Owners.Length;

    /// <summary>
    /// Rows as they were packed: positions begin anew with each document, and a token sees its own document only.
    /// </summary>
    /// <param name="rows">Filled up to the longest. Where each holds one document, causality alone keeps the padding at
    /// its end unseen.</param>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenBatch From(IReadOnlyList<PackedSequence> rows, int padTokenId, Device device)
    {
        var length = rows.Max(row => row.Length);
        var (ids, positions, documents) = (new long[rows.Count * length], new long[rows.Count * length],
            new long[rows.Count * length]);
        Array.Fill(ids, padTokenId);
        List<long> learnedRows = [], targets = [];
        List<int> owners = [];
        List<DocumentSpan> spans = [];
        var owner = 0;
        for (var b = 0; b < rows.Count; b++)
        {
            var at = b * length;
            for (var d = 0; d < rows[b].Documents.Count; d++, owner++)
            {
                var (tokens, learnFrom) = (rows[b].Documents[d].Tokens, Math.Max(1, rows[b].Documents[d].LossStart));
                spans.Add(new DocumentSpan(b, at - (b * length), tokens.Length));
                for (var i = 0; i < tokens.Length; i++, at++)
                {
                    (ids[at], positions[at], documents[at]) = (tokens[i], i, d);
                    if (i >= learnFrom)
                    {
                        learnedRows.Add(at - 1);
                        targets.Add(tokens[i]);
                        owners.Add(owner);
                    }
                }
            }

            // Padding is a document of its own, so that it neither sees nor is seen; at position 0, so that it makes no
            // pass a long one.
            for (; at < (b + 1) * length; at++)
            {
                documents[at] = rows[b].Documents.Count;
            }
        }

        long[] shape = [rows.Count, length];
        var shared = rows.Any(row => row.Documents.Count > 1);
        return new TokenBatch(
            Place(ids, shape, device),
            shared ? Place(positions, shape, device) : null,
            shared ? Place(documents, shape, device) : null,
            Place([.. learnedRows], [learnedRows.Count], device),
            Place([.. targets], [targets.Count], device),
            [.. owners],
            [.. spans]);
    }

    /// <summary>One document a row, padded at the right.</summary>
    /// <param name="padTokenId">The pad token id.</param>
    public static TokenBatch From(IReadOnlyList<TrainingExample> examples, int padTokenId, Device device)
    {
        var length = examples.Max(example => example.Tokens.Length);
        return From([.. examples.Select(example => new PackedSequence([example], length))], padTokenId, device);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Ids, Positions, Documents, LossRows, Targets })
        {
            tensor?.Dispose();
        }
    }

    private static Tensor Place(long[] values, long[] shape, Device device) =>
        tensor(values, device: device).view(shape);
}
