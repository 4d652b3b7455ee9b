using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>Gives out the places at the servers: to the one with the most room, first come, first served.</summary>
internal sealed class ChatSeats(IReadOnlyList<ChatSeat> seats)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private long _wakesAt = long.MaxValue;

    public int Count => seats.Count;

    /// <summary>Waits for a place.</summary>
    /// <param name="last">Where the last try failed: another is taken where there is one.</param>
    /// <param name="refused">Servers that will not have it.</param>
    public async Task<ChatSeat> TakeAsync(ChatSeat? last, IReadOnlySet<ChatSeat> refused, CancellationToken cancel)
    {
        LinkedListNode<Waiter> mine;
        lock (_gate)
        {
            mine = _waiting.AddLast(new Waiter(last, refused));
            Serve();
        }

        Telemetry.Queued(1);
        try
        {
            await using (cancel.UnsafeRegister(_ => GiveUp(mine, cancel), null).ConfigureAwait(false))
            {
                return await mine.Value.Place.Task.ConfigureAwait(false);
            }
        }
        finally
        {
            Telemetry.Queued(-1);
        }
    }

    /// <summary>Gives a place back, with what is known of the server since.</summary>
    public void Give(ChatSeat seat, Action<ChatSeat>? learn = null)
    {
        lock (_gate)
        {
            seat.InFlight--;
            Telemetry.InFlight(seat.Name, -1);
            learn?.Invoke(seat);
            Serve();
        }
    }

    private void GiveUp(LinkedListNode<Waiter> waiter, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (waiter.List is not null)
            {
                _waiting.Remove(waiter);
            }
        }

        waiter.Value.Place.TrySetCanceled(cancel);
    }

    private void Serve()
    {
        var now = TimeProvider.System.GetTimestamp();
        for (var node = _waiting.First; node is not null && seats.Any(seat => seat.HasRoom);)
        {
            var (next, waiter) = (node.Next, node.Value);
            if (Best(waiter, now) is { } seat)
            {
                _waiting.Remove(node);
                seat.InFlight++;
                Telemetry.InFlight(seat.Name, 1);
                waiter.Place.TrySetResult(seat);
            }

            node = next;
        }

        if (_waiting.Count > 0 && seats.Select(seat => seat.NotBefore).Where(time => time > now)
            .DefaultIfEmpty(long.MaxValue).Min() is var soonest && soonest < _wakesAt)
        {
            _wakesAt = soonest;
            _ = WakeAsync(TimeSpan.FromSeconds((soonest - now) / (double)TimeProvider.System.TimestampFrequency));
        }
    }

    private async Task WakeAsync(TimeSpan pause)
    {
        await Task.Delay(pause + TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
        lock (_gate)
        {
            _wakesAt = long.MaxValue;
            Serve();
        }
    }

    // A server that rests is passed over while another is well; where all rest, one that did not ask for it is tried.
    private ChatSeat? Best(Waiter waiter, long now)
    {
        var open = seats.Where(seat => !waiter.Refused.Contains(seat)).ToList();
        var well = open.Where(seat => seat.NotBefore <= now).ToList();
        if (well.Count == 0)
        {
            well = [.. open.Where(seat => !seat.IsAskedToWait)];
        }

        var others = well.Where(seat => seat != waiter.Last).ToList();
        return (others.Count > 0 ? others : well).Where(seat => seat.HasRoom).MinBy(seat => seat.Load);
    }

    private sealed record Waiter(ChatSeat? Last, IReadOnlySet<ChatSeat> Refused)
    {
        public TaskCompletionSource<ChatSeat> Place { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
