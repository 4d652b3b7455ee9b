using Phi4R.Data;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference.Local;

/// <summary>Samples answers from a model whenever it is asked: for rollouts, evaluation, chat and serving.</summary>
/// <remarks>
/// Batching is continuous: when an answer ends, the next takes its place. A prompt is computed once for all its
/// answers. The weights are those that the model had when the engine was made. For 32-bit weights on the CPU what
/// an answer says depends on its prompt, settings and stream of random numbers alone; in libtorch's operators (other
/// devices, other types) the last bits of a product depend on how many rows it has, so there only requests that begin
/// together (see <see cref="Hold"/>) are sure to give the same again; in other company only answers whose likeliest
/// tokens stand clear of the next are.
/// </remarks>
public sealed class Engine : IDisposable
{
    private const int ProcessorSequences = 64;
    private const int TorchSequences = 128;
    // A step of few answers waits for the calls of its operators, not for them.
    private const int AcceleratorSequences = 512;
    private const int ProcessorRows = 320;
    private const int FewestAnswersApart = 8;

    // Weights beyond this do not stay in a core's caches from step to step, so the cores read them together.
    private const long SharedReading = 48L << 20;

    private readonly ModelConfig _config;
    private readonly CpuWeights? _weights;
    private readonly CpuThreadPool? _team;
    private readonly long _pageBytes;
    private readonly int _pages;
    private readonly int _sequences;
    private readonly Task[] _workers;
    private readonly int[] _loads;
    private readonly LinkedList<GenerationTask> _pending = new();
    private readonly HashSet<TaskCompletionSource<Completion[]>> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly object _gate = new();
    private AggregateException? _fault;
    private long _waiting; // Answers of pending jobs.
    private int _holds;

    /// <param name="cacheBytes">
    /// Memory for keys and values; null for what <see cref="Foundation.HostOptions.CacheGigabytes"/> says, or else half
    /// of what the machine or the accelerator has free. It is taken as it is needed.
    /// </param>
    public Engine(LanguageModel model, long? cacheBytes = null)
        : this(model.Config, CpuWeights.Serve(model.Config, model.Device, model.HeadWeight.dtype)
            ? new CpuWeights(model)
            : null, model, cacheBytes)
    {
    }

    /// <summary>An engine that owns its weights; no model holds them a second time.</summary>
    internal Engine(CpuWeights weights, long? cacheBytes = null)
        : this(weights.Config, weights, null, cacheBytes)
    {
    }

    private Engine(ModelConfig config, CpuWeights? weights, LanguageModel? model, long? cacheBytes)
    {
        (_config, _weights) = (config, weights);
        var processor = weights is not null;
        var device = processor ? CPU : model!.Device;
        var together = !processor || 4 * config.ParameterCount > SharedReading;
        var workers = together ? 1 : Environment.ProcessorCount;
        var bytes = processor ? 4 : model!.HeadWeight.element_size();
        _pageBytes = 2L * _config.Layers * _config.KeyValueHeads * _config.HeadWidth * KvBlockPool.Places * bytes;
        _pages = (int)Math.Min(int.MaxValue / 2, (cacheBytes ?? KvCacheBudget.Bytes(device)) / workers / _pageBytes);
        _sequences = processor && !together
            ? ProcessorSequences
            : device.type == DeviceType.CPU ? TorchSequences
            : AcceleratorSequences;
        _team = processor ? new CpuThreadPool(Environment.ProcessorCount) : null;
        _loads = new int[workers];
        _workers = [.. Enumerable.Range(0, workers)
            .Select(
                worker =>
                    Task.Factory.StartNew(() => Work(worker, model), CancellationToken.None,
                        TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        foreach (var worker in _workers)
        {
            worker.ContinueWith(Fail, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default);
        }
    }

    /// <summary>Tokens that a prompt and its answer may have together, by the model and by the cache.</summary>
    public int MaxTokens => (int)Math.Min(_config.MaxPositions, (long)_pages * KvBlockPool.Places);

    /// <summary>Answers that have a place now: admitted, and neither finished nor dropped.</summary>
    internal int Working
    {
        get
        {
            lock (_gate)
            {
                return _loads.Sum();
            }
        }
    }

    /// <summary>Samples the answers of one request, beside those of all others.</summary>
    /// <param name="stopIds">Tokens after which an answer is over.</param>
    /// <param name="told">
    /// Given each token as it is sampled, on a thread of the engine; where it says false, the answer is over with that
    /// token, and not cut.
    /// </param>
    /// <param name="finished">
    /// Given each answer as it is finished, and its place in the request, on a thread of the engine.
    /// </param>
    /// <param name="cancel">Ends the request's answers within a step.</param>
    /// <returns>The answers, in the order of their streams.</returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty, holds ids that the model has not, or does not fit the model or the cache.
    /// </exception>
    /// <exception cref="NotFiniteException">Logits are not finite; the returned task fails with it.</exception>
    public Task<Completion[]> Draw(
        SampleRequest request, SamplingConfig config, IReadOnlyList<int> stopIds, Func<SampledToken, bool>? told = null,
        Action<int, Completion>? finished = null, CancellationToken cancel = default)
    {
        Check(request, config);
        var count = request.Streams.Count;
        if (count == 0)
        {
            return Task.FromResult<Completion[]>([]);
        }

        var source = new TaskCompletionSource<Completion[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var samples = new Completion[count];
        var left = count;
        var registration = cancel.Register(() => source.TrySetCanceled(cancel));
        source.Task.ContinueWith(_ => Forget(source, registration), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            if (_fault is { } fault)
            {
                source.TrySetException(fault.InnerExceptions);
                return source.Task;
            }

            _open.Add(source);
            var part = Math.Max(FewestAnswersApart, (count + _workers.Length - 1) / _workers.Length);
            for (var first = 0; first < count; first += part)
            {
                var size = Math.Min(part, count - first);
                _pending.AddLast(new GenerationTask(request, first, size, config, stopIds, told, Done, source));
            }

            _waiting += count;
            Monitor.PulseAll(_gate);
        }

        return source.Task;

        void Done(int index, Completion completion)
        {
            samples[index] = completion;
            finished?.Invoke(index, completion);
            if (Interlocked.Decrement(ref left) == 0)
            {
                source.TrySetResult(samples);
            }
        }
    }

    /// <summary>
    /// What is asked for until the result is disposed begins together, so that the same requests meet in the same
    /// batches, however fast they came.
    /// </summary>
    internal IDisposable Hold()
    {
        lock (_gate)
        {
            _holds++;
        }

        return new Held(this);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _stop.Cancel();
            Monitor.PulseAll(_gate);
        }

        Task.WaitAll([.. _workers.Select(worker => worker.ContinueWith(_ => { }, TaskScheduler.Default))]);
        foreach (var source in Open())
        {
            source.TrySetCanceled();
        }

        _team?.Dispose();
        _weights?.Dispose();
        _stop.Dispose();
    }

    private void Check(SampleRequest request, SamplingConfig config)
    {
        request.Check(_config);
        var prompt = request.Prompt;
        var longest = (int)Math.Min(_config.MaxPositions, (long)prompt.Length + config.MaxTokens);
        if (KvBlockPool.Needed(longest) > _pages)
        {
            throw new ArgumentException($"A prompt of {prompt.Length} tokens and an answer of up to "
                + $"{longest - prompt.Length} need {KvBlockPool.Needed(longest) * _pageBytes >> 20} MiB of cache; "
                + $"{_pages * _pageBytes >> 20} MiB are allowed. Allow more (PHI4R_CACHE_GB), or shorter answers.");
        }
    }

    private void Work(int worker, LanguageModel? model)
    {
        using IDecoder decoder = _weights is null
            ? new TorchDecoder(model!)
            : new CpuDecoder(_weights, ProcessorRows, () => IsAlone(worker) ? _team : null);
        var batch = new Scheduler(decoder, new KvBlockPool(_pages), _config, _sequences,
            new TokenSamplers(_config.VocabularySize, Each));
        batch.Run(wait => Take(worker, wait), () => Leave(worker), _stop.Token);
    }

    // Where one worker does all the work, the other cores are free to draw.
    private void Each(int count, Action<int> body)
    {
        if (_loads.Length > 1)
        {
            for (var i = 0; i < count; i++)
            {
                body(i);
            }
        }
        else if (_team is null)
        {
            Parallel.For(0, count, body);
        }
        else
        {
            _team.Over(count, 1, (first, end) =>
            {
                for (var i = first; i < end; i++)
                {
                    body(i);
                }
            });
        }
    }

    // Each worker takes up to its share of all answers that are known, so that no core idles while another has many.
    private GenerationTask? Take(int worker, bool wait)
    {
        lock (_gate)
        {
            while (!_stop.IsCancellationRequested)
            {
                while (_pending.First is { Value.IsOver: true } over)
                {
                    Remove(over);
                }

                var known = _loads.Sum() + _waiting;
                var share = (known + _loads.Length - 1) / _loads.Length;
                if (_holds == 0 && _pending.First is { } first && _loads[worker] < share)
                {
                    Remove(first);
                    _loads[worker] += first.Value.Count;
                    return first.Value;
                }

                if (!wait)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }

        void Remove(LinkedListNode<GenerationTask> job)
        {
            _pending.Remove(job);
            _waiting -= job.Value.Count;
        }
    }

    // Whether the other workers have nothing to do, so that their cores can take part in this one's work. Of two at
    // work neither is alone.
    private bool IsAlone(int worker)
    {
        lock (_gate)
        {
            return _loads.Sum() == _loads[worker];
        }
    }

    private void Leave(int worker)
    {
        lock (_gate)
        {
            _loads[worker]--;
        }
    }

    // A worker that failed would leave its answers open for ever.
    private void Fail(Task worker)
    {
        lock (_gate)
        {
            _fault = worker.Exception;
        }

        foreach (var source in Open())
        {
            source.TrySetException(worker.Exception!.InnerExceptions);
        }
    }

    private TaskCompletionSource<Completion[]>[] Open()
    {
        lock (_gate)
        {
            return [.. _open];
        }
    }

    private void Forget(TaskCompletionSource<Completion[]> source, CancellationTokenRegistration registration)
    {
        registration.Dispose();
        lock (_gate)
        {
            _open.Remove(source);
        }
    }

    private sealed class Held(Engine engine) : IDisposable
    {
        public void Dispose()
        {
            lock (engine._gate)
            {
                engine._holds--;
                Monitor.PulseAll(engine._gate);
            }
        }
    }
}
