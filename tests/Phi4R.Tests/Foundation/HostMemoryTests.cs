using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class HostMemoryTests
{
    private readonly string _root = Project.Scratch();

    // 4,000,000 kB are available to all.
    public HostMemoryTests() =>
        Put("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:          100000 kB\nMemAvailable:    4000000 kB\n");

    [Fact]
    public void Without_control_groups_it_is_what_the_system_has_available() =>
        Assert.Equal(4_096_000_000, HostMemory.Available(_root));

    // 2,000,000,000 allowed - 1,500,000,000 used + 300,000,000 of files = 800,000,000.
    [Fact]
    public void A_limit_above_the_own_group_counts_and_pages_of_files_do_not()
    {
        Put("proc/self/cgroup", "0::/outer/inner\n");
        Put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
        Put("sys/fs/cgroup/outer/inner/memory.current", "5\n");
        Put("sys/fs/cgroup/outer/memory.max", "2000000000\n");
        Put("sys/fs/cgroup/outer/memory.current", "1500000000\n");
        Put("sys/fs/cgroup/outer/memory.stat", "anon 1200000000\nactive_file 100000000\ninactive_file "
            + "200000000\nworkingset_activate_file 7\n");
        Assert.Equal(800_000_000, HostMemory.Available(_root));
    }

    [Fact]
    public void A_limit_of_the_first_version_of_control_groups_counts_too_and_a_group_that_is_not_there_limits_nothing()
    {
        Put("proc/self/cgroup", "9:name=systemd:/gone\n4:cpu,memory:/gone\n0::/gone\n");
        Put("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000000\n");
        Put("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000000\n");
        Put("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 500000000\n");
        Assert.Equal(2_500_000_000, HostMemory.Available(_root));
    }

    [Fact]
    public void A_limit_that_is_used_up_leaves_nothing()
    {
        Put("proc/self/cgroup", "0::/\n");
        Put("sys/fs/cgroup/memory.max", "1000\n");
        Put("sys/fs/cgroup/memory.current", "1200\n");
        Assert.Equal(0, HostMemory.Available(_root));
    }

    private void Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, path))!);
        File.WriteAllText(Path.Combine(_root, path), text);
    }
}
