using System.Diagnostics;
using System.Globalization;

namespace Phi4R.Runs;

/// <summary>
/// Seconds that went into something which may be stopped and gone on with: those of earlier tries stand in a file,
/// which is written anew every few seconds.
/// </summary>
internal sealed class SpentTime : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly string _path;
    private readonly double _before;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private bool _over;

    public SpentTime(string path)
    {
        _path = path;
        _before = File.Exists(path)
            && double.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? seconds
            : 0;
        _timer = new Timer(_ => Write(), null, Every, Every);
    }

    /// <summary>Ends it for good and removes the file.</summary>
    /// <returns>Seconds of all tries together.</returns>
    public double Finish()
    {
        lock (_lock)
        {
            _over = true;
            File.Delete(_path);
            return Seconds;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    private double Seconds => _before + _clock.Elapsed.TotalSeconds;

    // A time that could not be kept is no reason to stop what takes it.
    private void Write()
    {
        lock (_lock)
        {
            if (_over)
            {
                return;
            }

            try
            {
                File.WriteAllText(_path, Seconds.ToString("R", CultureInfo.InvariantCulture));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
