using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>The servers that a worker asks: a pool for each address, whose limits all its parts share.</summary>
/// <param name="own">
/// Servers that are asked for their model in place of those that a part names; null for none.
/// </param>
/// <param name="key">The key of the own servers; no other server is sent one.</param>
/// <param name="log">Is called with a line on what failed and was given up, on any thread.</param>
public sealed class ServerPools(ModelAddress? own = null, string? key = null, Action<string>? log = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChatPool> _pools = new(StringComparer.Ordinal);
    private readonly List<OpenAiChatClient> _clients = [];

    public void Dispose()
    {
        lock (_gate)
        {
            _clients.ForEach(client => client.Dispose());
            _clients.Clear();
            _pools.Clear();
        }
    }

    /// <summary>The pool of an address.</summary>
    internal ChatPool Pool(ModelAddress asked)
    {
        var isOwn = own is not null && own.Model == asked.Model;
        var address = isOwn ? asked with { Endpoints = own!.Endpoints, Protocol = own.Protocol } : asked;
        var name = PartJson.Id("pool", address);
        lock (_gate)
        {
            if (!_pools.TryGetValue(name, out var pool))
            {
                var options = new OpenAiOptions { Protocol = address.Protocol, ApiKey = isOwn ? key : null };
                var clients = address.Endpoints
                    .Select(endpoint => new OpenAiChatClient(endpoint, address.Model, options)).ToList();
                _clients.AddRange(clients);
                _pools[name] = pool = new ChatPool(clients, new() { MaxInFlight = address.MaxInFlight, Log = log });
            }

            return pool;
        }
    }
}
