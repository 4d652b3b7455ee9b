using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// Gives servers a policy's weights: nothing is sampled with them before each server was seen to answer as the policy.
/// </summary>
/// <param name="servers">They read the same folder.</param>
internal sealed class PolicyHandOver(IReadOnlyList<RemoteGenerator> servers) : IDisposable
{
    // Adapters are read again whenever a server has put them aside, and so stay where they are while they are in use.
    private PolicyFolder? _adapters;

    /// <summary>Hands a policy over; servers that have it already are only seen to answer as it does.</summary>
    /// <param name="version">What names the weights.</param>
    /// <exception cref="InvalidDataException">A server did not take them; the message says which, and why.</exception>
    public async Task RunAsync(LanguageModel policy, string version, CancellationToken cancel)
    {
        var others = servers.Where(server => server.Wants(version)).ToList();
        PolicyFolder? adapters = null;
        try
        {
            if (others.Count > 0 && policy.Adapters is { } learned
                && servers[0].Options.HandOver == WeightHandOver.Adapters)
            {
                await GiveBaseAsync(others, policy, version, cancel).ConfigureAwait(false);
                adapters = PolicyFolder.Write(learned, version, Root(others[0]));
                await Task.WhenAll(others.Select(server => server.TakeAdaptersAsync(adapters, cancel)))
                    .ConfigureAwait(false);
            }
            else if (others.Count > 0)
            {
                using var folder = PolicyFolder.Write(policy, version, Root(others[0]), others[0].Options.StopIds);
                await Task.WhenAll(others.Select(server => server.TakeAsync(folder, version, null, cancel)))
                    .ConfigureAwait(false);
                Dispose();
            }

            foreach (var server in servers)
            {
                await server.AgreeAsync(policy, version, cancel).ConfigureAwait(false);
            }
        }
        catch
        {
            adapters?.Dispose();
            throw;
        }

        if (adapters is not null)
        {
            using var before = _adapters;
            _adapters = adapters;
            await Task.WhenAll(others.Select(server => server.DropAsync(1, cancel))).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _adapters?.Dispose();
        _adapters = null;
    }

    // Once for all steps of a stage, if the servers were not started on it.
    private static async Task GiveBaseAsync(
        List<RemoteGenerator> servers, LanguageModel policy, string version, CancellationToken cancel)
    {
        List<(RemoteGenerator Server, string Why)> lacking = [];
        foreach (var server in servers)
        {
            if (await server.LacksBaseAsync(policy, cancel).ConfigureAwait(false) is { Length: > 0 } why)
            {
                lacking.Add((server, why));
            }
        }

        if (lacking.Count == 0)
        {
            return;
        }

        using var folder = PolicyFolder.Write(policy, version, Root(servers[0]), servers[0].Options.StopIds,
            isBase: true);
        await Task.WhenAll(lacking.Select(pair => Give(pair.Server, pair.Why))).ConfigureAwait(false);

        async Task Give(RemoteGenerator server, string why)
        {
            try
            {
                await server.TakeAsync(folder, version, policy.Adapters, cancel).ConfigureAwait(false);
            }
            catch (InvalidDataException problem)
            {
                throw new InvalidDataException($"{problem.Message} These are the weights that the adapters stand on, "
                    + $"and the server has others: {why}. Start it on them: vLLM with LoRA on cannot load others "
                    + "(vllm issue 39934).", problem);
            }
        }
    }

    private static string Root(RemoteGenerator server) => server.Options.WeightsFolder
        ?? throw new InvalidDataException($"{server.Info.Engine} has other weights than the policy, and no folder is "
            + "named through which it could be given them.");
}
