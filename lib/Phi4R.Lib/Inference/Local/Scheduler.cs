using System.Runtime.InteropServices;
using Phi4R.Data;
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>Sequences that one decoder works on side by side; a finished one makes place for the next.</summary>
/// <remarks>
/// A sequence is admitted when the cache has room for its prompt, not for the longest answer it may get. When the cache
/// is full, whoever came last gives its pages up and is computed again later, so the first always goes on.
/// </remarks>
internal sealed class Scheduler(
    IDecoder decoder, KvBlockPool pages, ModelConfig config, int maxSequences, TokenSamplers draws)
{
    private readonly TokenSampler _draw = new(config.VocabularySize);
    private readonly List<Answer> _running = [];
    private readonly List<Prompt> _prompts = [];
    private readonly LinkedList<Prompt> _again = new();
    private readonly bool _switches = config is { RopePolicy: RopePolicy.ByLength, LongFactors: not null };

    /// <summary>Works until there is no more.</summary>
    /// <param name="take">Gives the next job or null; told whether it may wait for one.</param>
    /// <param name="left">Told of each answer that is no longer worked on.</param>
    public void Run(Func<bool, GenerationTask?> take, Action left, CancellationToken stop)
    {
        List<TokenRow> rows = [];
        while (!stop.IsCancellationRequested)
        {
            DropCancelled(left);
            Place(left);
            Admit(take);
            ReserveForRunning();
            rows.Clear();
            foreach (var answer in _running)
            {
                rows.Add(new TokenRow(answer.Tokens[^1], answer.Sequence, answer.Length - 1, Wanted: true));
            }

            Answer[] running = [.. _running];
            var computed = Prefill(rows);
            if (rows.Count == 0)
            {
                if (_prompts.Count == 0 && _again.Count == 0 && _running.Count == 0)
                {
                    return;
                }

                continue;
            }

            decoder.Feed(CollectionsMarshal.AsSpan(rows));
            var drawn = draws.Next(decoder, running);
            for (var i = 0; i < running.Length; i++)
            {
                Advance(running[i], drawn[i], decoder.Logits(i), left);
            }

            for (var i = 0; i < computed.Count; i++)
            {
                computed[i].Logits = decoder.Logits(running.Length + i).ToArray();
            }
        }
    }

    // Long factors hold for a pass over more than the original length; it still predicts the token after that many by
    // the short ones.
    private bool UsesLong(int tokens) => !_switches || tokens > config.OriginalMaxPositions;

    private void Admit(Func<bool, GenerationTask?> take)
    {
        var promised = _running.Count + _prompts.Sum(prompt => prompt.Answers.Count);
        while (promised < maxSequences)
        {
            if (_again.First is null)
            {
                if (take(promised == 0) is not { } job)
                {
                    return;
                }

                _again.AddLast(new Prompt(job.Request.Prompt, UsesLong(job.Request.Prompt.Length),
                    Enumerable.Range(job.First, job.Count).Select(i => new Answer(job, i))));
            }

            // Running answers may each need a page soon.
            var next = _again.First!.Value;
            var uncomputed = _prompts.Sum(
                prompt => KvBlockPool.Needed(prompt.Ids.Length) - prompt.Sequence.Pages.Count);
            if (promised > 0 && pages.Free < KvBlockPool.Needed(next.Ids.Length) + uncomputed + _running.Count)
            {
                return;
            }

            _again.RemoveFirst();
            _prompts.Add(next);
            promised += next.Answers.Count;
            if (_prompts.Sum(prompt => prompt.Ids.Length - prompt.Fed) + _running.Count >= decoder.MaxRows)
            {
                return;
            }
        }
    }

    // Adds the rows of prompts as far as the call has room, and gives those that are computed with it.
    private List<Prompt> Prefill(List<TokenRow> rows)
    {
        List<Prompt> computed = [];
        foreach (var prompt in _prompts.Where(prompt => prompt.Logits is null).ToList())
        {
            var end = Math.Min(prompt.Ids.Length, prompt.Fed + decoder.MaxRows - rows.Count);
            if (end == prompt.Fed || !ReserveForPrompt(prompt, end))
            {
                break;
            }

            for (var i = prompt.Fed; i < end; i++)
            {
                rows.Add(new TokenRow(prompt.Ids[i], prompt.Sequence, i, Wanted: i == prompt.Ids.Length - 1));
            }

            prompt.Fed = end;
            if (end == prompt.Ids.Length)
            {
                computed.Add(prompt);
            }
        }

        return computed;
    }

    // Gives places to answers whose prompts are ready. The last answer takes over what the others copied.
    private void Place(Action left)
    {
        while (_running.Count < maxSequences && _prompts.Find(prompt => prompt.Logits is not null) is { } prompt)
        {
            var answer = prompt.Answers.Peek();
            if (prompt.Answers.Count == 1)
            {
                answer.Sequence = prompt.Sequence;
                _prompts.Remove(prompt);
            }
            else if (Fork(prompt) is { } fork)
            {
                answer.Sequence = fork;
            }
            else if (_running.Count > 0)
            {
                return;
            }
            else if (_prompts[^1] != prompt)
            {
                GiveUp(_prompts[^1]);
                continue;
            }
            else
            {
                // Nothing else is there and the cache is full: this answer goes on alone, and the prompt is computed
                // again for the others.
                answer.Sequence = prompt.Sequence;
                _prompts.Remove(prompt);
                _again.AddFirst(new Prompt(prompt.Ids, prompt.Sequence.UseLong, prompt.Answers.Skip(1)));
            }

            prompt.Answers.Dequeue();
            _running.Add(answer);
            Advance(answer, _draw.Next(prompt.Logits, answer.Job.Config, answer.Stream), prompt.Logits, left);
        }
    }

    // A prompt's full pages are shared; the one that is not full is copied.
    private CachedSequence? Fork(Prompt prompt)
    {
        var fork = new CachedSequence(prompt.Sequence.UseLong);
        var shared = prompt.Ids.Length / KvBlockPool.Places;
        if ((prompt.Ids.Length % KvBlockPool.Places == 0 ? -1 : pages.Take()) is not { } page)
        {
            return null;
        }

        fork.Pages.AddRange(prompt.Sequence.Pages.Take(shared).Select(pages.Share));
        if (page >= 0)
        {
            decoder.CopyPage(prompt.Sequence.Pages[shared], page);
            fork.Pages.Add(page);
        }

        return fork;
    }

    private void Advance(Answer answer, (int Token, float LogProbability, float Plain) drawn,
        ReadOnlySpan<float> logits, Action left)
    {
        var (job, (token, logProbability, plain)) = (answer.Job, drawn);
        if (!answer.Add(drawn))
        {
            return; // It is dropped before the next pass.
        }

        var finish = job.StopIds.Contains(token) ? FinishReason.Stop
            : answer.Tokens.Count >= job.Config.MaxTokens || answer.Length >= config.MaxPositions ? FinishReason.Length
            : (FinishReason?)null;
        var goesOn = job.Told?.Invoke(new SampledToken
        {
            Completion = answer.Index,
            Token = token,
            LogProbability = logProbability,
            PlainLogProbability = plain,
            Alternatives = _draw.Likeliest(logits, job.Request.Alternatives),
            Finish = finish,
        }) ?? true;
        if (finish is not null || !goesOn)
        {
            pages.Release(answer.Sequence);
            _running.Remove(answer);
            job.Done(answer.Index, answer.Completed(finish ?? FinishReason.Stop));
            left();
        }
        else if (UsesLong(answer.Length) != answer.Sequence.UseLong)
        {
            GiveUp(answer, first: false);
        }
    }

    private void ReserveForRunning()
    {
        for (var i = 0; i < _running.Count; i++)
        {
            var answer = _running[i];
            while (i < _running.Count && answer.Sequence.Pages.Count < KvBlockPool.Needed(answer.Length))
            {
                if (pages.Take() is { } page)
                {
                    answer.Sequence.Pages.Add(page);
                }
                else if (_prompts.Count > 0)
                {
                    GiveUp(_prompts[^1]);
                }
                else
                {
                    GiveUp(_running[^1], first: true);
                }
            }
        }
    }

    private bool ReserveForPrompt(Prompt prompt, int tokens)
    {
        while (prompt.Sequence.Pages.Count < KvBlockPool.Needed(tokens))
        {
            if (pages.Take() is { } page)
            {
                prompt.Sequence.Pages.Add(page);
            }
            else if (_running.Count > 0 || _prompts[0] != prompt)
            {
                return false;
            }
            else
            {
                GiveUp(_prompts[^1]);
            }
        }

        return true;
    }

    // What is given up is computed again later: a prompt as it was, an answer with what it has so far.
    private void GiveUp(Prompt prompt)
    {
        pages.Release(prompt.Sequence);
        _prompts.Remove(prompt);
        _again.AddFirst(new Prompt(prompt.Ids, prompt.Sequence.UseLong, prompt.Answers));
    }

    private void GiveUp(Answer answer, bool first)
    {
        pages.Release(answer.Sequence);
        _running.Remove(answer);
        var prompt = new Prompt([.. answer.Job.Request.Prompt, .. answer.Tokens], UsesLong(answer.Length), [answer]);
        _ = first ? _again.AddFirst(prompt) : _again.AddLast(prompt);
    }

    private void DropCancelled(Action left)
    {
        foreach (var answer in _running.Where(answer => answer.Job.IsOver).ToList())
        {
            pages.Release(answer.Sequence);
            _running.Remove(answer);
            left();
        }

        foreach (var prompt in _prompts.Concat(_again)
            .Where(prompt => prompt.Answers.Any(answer => answer.Job.IsOver)).ToList())
        {
            for (var dropped = prompt.DropCancelled(); dropped > 0; dropped--)
            {
                left();
            }

            if (prompt.Answers.Count == 0)
            {
                pages.Release(prompt.Sequence);
                _prompts.Remove(prompt);
                _again.Remove(prompt);
            }
        }
    }
}
