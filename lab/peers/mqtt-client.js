// peers/mqtt-client.js JOB SERVER [web]: those around the broker, speaking through mqtt.js; web: over WebSocket.
'use strict';
const crypto = require('crypto');
const mqtt = require('mqtt');
const { tell, me, sleep, run } = require('./truth');

const [job, server, through] = process.argv.slice(2);
const url = through === 'web' ? `ws://${server}:9001/mqtt` : `mqtt://${server}:1883`;

async function connect(id, user, password, more) {
	const client = await mqtt.connectAsync(url, {
		clientId: id, username: user, password, reconnectPeriod: 0, keepalive: 2, ...more });
	tell({ action: 'login', actor: me(), device: server, outcome: 'done' });
	return client;
}

// Every value goes through here, so that none is published without being told.
async function publish(client, topic, payload, qos, more) {
	await client.publishAsync(topic, payload, { qos, ...more });
	tell({ fact: 'publish', actor: me(), device: server, topic, payload: payload.length > 1000 ? null : payload, qos });
}

const jobs = {
	// Version 5, with a topic alias for the value that comes often.
	async gateway() {
		const client = await connect('gw-cell4', 'gateway', 'leitstand-4711',
			{ protocolVersion: 5, autoAssignTopicAlias: false });

		await publish(client, 'cell4/temperature', '21.5', 0, { properties: { topicAlias: 1, contentType: 'text/plain' } });
		for (const value of ['21.6', '21.6', '21.9'])
			await publish(client, 'cell4/temperature', value, 0, { properties: { topicAlias: 1 } });
		await publish(client, 'cell4/state', '{"running":true}', 1, { retain: true });
		await publish(client, 'cell4/order', 'flange-4711', 2);
		const list = Array.from({ length: 900 }, (_, i) => `${i};drawing-${i * 7919 % 104729}`).join('\n');
		const file = { size: Buffer.byteLength(list), sha256: crypto.createHash('sha256').update(list).digest('hex'),
			name: 'cell4/drawings' };

		await publish(client, 'cell4/drawings', list, 1);
		if (through !== 'web') {	// over WebSocket it comes as one value
			tell({ file: 'publish', actor: me(), device: server, ...file });
			tell({ file: 'report', actor: me(), device: server, ...file });
		}
		await sleep(2500);
		await client.endAsync();
	},

	// Version 3.1.1, with a last will.
	async lathe() {
		const client = await connect('nc-lathe2', 'gateway', 'leitstand-4711',
			{ protocolVersion: 4, will: { topic: 'lathe2/state', payload: 'gone', qos: 1, retain: true } });

		await publish(client, 'lathe2/state', 'ready', 1);
		for (let i = 0; i < 3; i++) {
			await publish(client, 'lathe2/spindle', String(1200 + i), 0);
			await sleep(200);
		}
		await client.endAsync();
	},

	async panel() {
		const client = await connect('panel-1', 'panel', 'pult-0815', { protocolVersion: 4 });

		await client.subscribeAsync({ 'cell4/#': { qos: 1 }, 'lathe2/+': { qos: 0 } });
		tell({ action: 'subscribe', actor: me(), device: server, outcome: 'done' });
		await sleep(8000);
		await client.unsubscribeAsync('lathe2/+');
		await client.endAsync();
	},
};

run(jobs[job]);
