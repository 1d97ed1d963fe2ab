import java.util.Collections;
import java.util.concurrent.locks.LockSupport;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** One OpenSearch node on loopback, until it is killed: SingleNode FOLDER PORT. */
public final class SingleNode extends Node {
    private SingleNode(Settings settings) {
        super(
            InternalSettingsPreparer.prepareEnvironment(settings, Collections.emptyMap(), null, () -> "tests"),
            Collections.singletonList(Netty4Plugin.class),
            false);
    }

    public static void main(String[] words) throws Exception {
        Settings.Builder settings = Settings.builder();
        settings.put("path.home", words[0]);
        settings.put("network.host", "127.0.0.1");
        settings.put("http.port", words[1]);
        settings.put("transport.port", "0");
        settings.put("http.type", "netty4");
        settings.put("transport.type", "netty4");
        settings.put("cluster.name", "docsvc-tests");
        settings.put("discovery.type", "single-node");
        settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        settings.put("cluster.max_shards_per_node", 5000);
        SingleNode node = new SingleNode(settings.build());
        node.start();
        while (true) {
            LockSupport.park();
        }
    }
}
