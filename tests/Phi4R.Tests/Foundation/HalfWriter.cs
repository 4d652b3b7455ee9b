using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

/// <summary>
/// A program that writes half of a file and then waits to be killed, or is a rank among those of a test.
/// </summary>
internal static class HalfWriter
{
    public const string Verb = "write-half";
    public const string Told = "half is written";

    public static void Main(string[] words)
    {
        if (words is [Verb, var path])
        {
            AtomicFile.Write(path, stream =>
            {
                stream.Write("half"u8);
                stream.Flush();
                Console.WriteLine(Told);
                Thread.Sleep(Timeout.Infinite);
            });
        }
        else if (words is [Runs.MpiRanksTests.Verb])
        {
            Runs.MpiRanksTests.Exchange();
        }
    }
}
