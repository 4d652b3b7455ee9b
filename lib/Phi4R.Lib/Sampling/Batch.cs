using System.Runtime.InteropServices;

namespace Phi4R.Sampling;

/// <summary>Sequences that one decoder works on side by side; a finished one makes place for the next.</summary>
internal sealed class Batch(IDecoder decoder, int vocabulary, SamplingConfig config, IReadOnlyList<int> stopIds, int end)
{
    /// <summary>Slots in which prompts are kept while their answers wait for a place.</summary>
    public const int Prompts = 16;

    private readonly float[] _logits = new float[decoder.MaxRows * vocabulary];
    private readonly TokenDraw _draw = new(vocabulary, config);
    private readonly Sampler.Piece?[] _active = new Sampler.Piece?[decoder.Slots - Prompts];
    private readonly Queue<Prompt> _waiting = new();
    private readonly Stack<int> _freePrompts = new(Enumerable.Range(decoder.Slots - Prompts, Prompts));

    /// <summary>Works until nothing is left to take.</summary>
    /// <param name="take">Gives the next group of answers to one prompt, or null.</param>
    /// <param name="done">Told of an answer that is over, and whether a limit cut it.</param>
    public void Run(Func<List<Sampler.Piece>?> take, Action<Sampler.Piece, bool> done, CancellationToken cancel)
    {
        List<TokenRow> rows = [];
        List<Prompt> prompts = [];
        List<Sampler.Piece>? ahead = null;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            Place(done);

            // One token of each running answer, then as many new prompts as there is room for.
            rows.Clear();
            prompts.Clear();
            for (var slot = 0; slot < _active.Length; slot++)
            {
                if (_active[slot] is { } piece)
                {
                    rows.Add(new TokenRow(piece.Known[^1], slot, piece.Prompt.Length + piece.Known.Count - 1, Wanted: true));
                }
            }

            var running = rows.Count;
            var promised = _waiting.Sum(prompt => prompt.Pieces.Count);
            while (_freePrompts.Count > 0 && running + promised < _active.Length && (ahead ??= take()) is { } group)
            {
                var sequence = group[0].Sequence;
                if (rows.Count + sequence.Length > decoder.MaxRows && rows.Count > 0)
                {
                    break;
                }

                ahead = null;
                var home = _freePrompts.Pop();
                Prefill(rows, sequence, home);
                prompts.Add(new Prompt(home, sequence.Length, new Queue<Sampler.Piece>(group), new float[vocabulary]));
                promised += group.Count;
            }

            if (rows.Count == 0)
            {
                return;
            }

            decoder.Feed(CollectionsMarshal.AsSpan(rows), _logits);
            var wanted = 0;
            for (var i = 0; i < running; i++)
            {
                Advance(rows[i].Slot, _logits.AsSpan(wanted++ * vocabulary, vocabulary), done);
            }

            foreach (var prompt in prompts)
            {
                _logits.AsSpan(wanted++ * vocabulary, vocabulary).CopyTo(prompt.Logits);
                _waiting.Enqueue(prompt);
            }
        }
    }

    // A prompt longer than one call holds is fed in several; its last part goes with the running answers.
    private void Prefill(List<TokenRow> rows, int[] sequence, int home)
    {
        var start = 0;
        while (sequence.Length - start > decoder.MaxRows - rows.Count)
        {
            var part = Enumerable.Range(start, Math.Min(decoder.MaxRows, sequence.Length - start - 1)).Select(i => new TokenRow(sequence[i], home, i, Wanted: false)).ToArray();
            decoder.Feed(part, _logits);
            start += part.Length;
        }

        for (var i = start; i < sequence.Length; i++)
        {
            rows.Add(new TokenRow(sequence[i], home, i, Wanted: i == sequence.Length - 1));
        }
    }

    // Gives free slots to answers whose prompts are ready.
    private void Place(Action<Sampler.Piece, bool> done)
    {
        for (var slot = 0; slot < _active.Length && _waiting.Count > 0; slot++)
        {
            while (_active[slot] is null && _waiting.TryPeek(out var prompt))
            {
                var piece = prompt.Pieces.Dequeue();
                _active[slot] = piece;
                decoder.CopyPrefix(prompt.Slot, slot, prompt.Length);
                Advance(slot, prompt.Logits, done);
                if (prompt.Pieces.Count == 0)
                {
                    _waiting.Dequeue();
                    _freePrompts.Push(prompt.Slot);
                }
            }
        }
    }

    private void Advance(int slot, ReadOnlySpan<float> logits, Action<Sampler.Piece, bool> done)
    {
        var piece = _active[slot]!;
        var (token, logProbability) = _draw.Next(logits, piece.Stream);
        piece.Known.Add(token);
        piece.LogProbabilities.Add(logProbability);
        var over = stopIds.Contains(token);
        if (over || piece.Known.Count >= config.MaxTokens || piece.Prompt.Length + piece.Known.Count >= end)
        {
            _active[slot] = null;
            done(piece, !over);
        }
    }

    private sealed record Prompt(int Slot, int Length, Queue<Sampler.Piece> Pieces, float[] Logits);
}
