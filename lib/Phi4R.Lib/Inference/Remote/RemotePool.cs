using Phi4R.Data;
using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// Several servers of one model as one generator: all completions of a prompt are sampled by the server that has the
/// least to do, and what it fails at is asked of another.
/// </summary>
public sealed class RemotePool : IPolicyGenerator
{
    private readonly Lock _gate = new();
    private readonly RemoteGenerator[] _servers;
    private readonly int[] _busy;
    private readonly PolicyHandOver _handOver;

    /// <param name="servers">At least one; the pool disposes them.</param>
    public RemotePool(IReadOnlyList<RemoteGenerator> servers)
    {
        _servers = [.. servers];
        _busy = new int[_servers.Length];
        _handOver = new PolicyHandOver(_servers);
        Info = Together();
    }

    /// <inheritdoc/>
    public GeneratorInfo Info { get; private set; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
    {
        var completions = new Completion[request.Seeds.Count];
        List<int> lacking = [.. Enumerable.Range(0, completions.Length)];
        List<int> asked = [];
        while (lacking.Count > 0)
        {
            var server = Take(asked, lacking.Count);
            asked.Add(server);
            int[] places = [.. lacking];
            lacking = [];
            try
            {
                await _servers[server].GenerateAsync(
                    request with { Seeds = [.. places.Select(place => request.Seeds[place])] },
                    (part, completion) =>
                    {
                        completions[places[part]] = completion;
                        if (completion.Finish == FinishReason.Failed && asked.Count < _servers.Length)
                        {
                            lock (_gate)
                            {
                                lacking.Add(places[part]);
                            }
                        }
                        else
                        {
                            onCompleted?.Invoke(places[part], completion);
                        }
                    }, cancel).ConfigureAwait(false);
            }
            finally
            {
                Give(server, places.Length);
            }
        }

        return completions;
    }

    /// <summary>
    /// Saves the policy's exact weights, or its adapters, once, has every server take them, and waits until all answer
    /// as the policy.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// A server cannot or will not take them, or answers with others; the message says which, and why.
    /// </exception>
    public async Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default)
    {
        await _handOver.RunAsync(policy, version, cancel).ConfigureAwait(false);
        Info = Together();
    }

    /// <inheritdoc/>
    public Task SleepAsync(CancellationToken cancel = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _handOver.Dispose();
        foreach (var server in _servers)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The least busy of those that were not asked yet, the first of equals.
    private int Take(List<int> asked, int count)
    {
        lock (_gate)
        {
            var server = Enumerable.Range(0, _servers.Length).Except(asked).MinBy(place => _busy[place]);
            _busy[server] += count;
            return server;
        }
    }

    private void Give(int server, int count)
    {
        lock (_gate)
        {
            _busy[server] -= count;
        }
    }

    private GeneratorInfo Together()
    {
        GeneratorInfo[] all = [.. _servers.Select(server => server.Info)];
        var sameWeights = all.All(info => info.WeightsVersion == all[0].WeightsVersion);
        return all[0] with
        {
            Engine = string.Join(" and ", all.Select(info => info.Engine)),
            IsExact = all.All(info => info.IsExact),
            WeightsVersion = sameWeights ? all[0].WeightsVersion : null,
            Identity = all.All(info => info.Identity == all[0].Identity)
                ? all[0].Identity
                : GeneratorInfo.Hash(all.Select(info => info.Identity)),
        };
    }
}
